import { type FeatureRow, keyedRandom, type RandomSource, randomNormal } from '@mlperf/core';

/** `count` rows made by `row` from one seeded stream. */
export function makeRows(
  count: number,
  seed: string,
  row: (random: RandomSource, i: number) => FeatureRow,
): readonly FeatureRow[] {
  const random = keyedRandom(seed, 'rows');
  return Array.from({ length: count }, (_, i) => row(random, i));
}

/** A number, a category and a number that is sometimes missing. */
export function stableRow(random: RandomSource): FeatureRow {
  const momentum = randomNormal(random);
  const u = random.next();
  const spread = random.next() < 0.1 ? undefined : Math.exp(randomNormal(random));
  return { momentum, session: u < 0.5 ? 'asia' : u < 0.8 ? 'europe' : 'us', ...(spread !== undefined && { spread }) };
}
