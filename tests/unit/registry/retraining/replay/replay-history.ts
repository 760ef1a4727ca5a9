import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';

export const HOUR = 3_600_000;

/**
 * A row an hour whose label is known `horizon` hours later: the direction follows the sign of `momentum` with probability
 * `hitRate`, and its opposite while the regime is turned, which it does at every row of `changes`.
 */
export function regimes(
  count: number,
  changes: readonly number[],
  { hitRate = 0.65, horizon = 1, seed = 'replay' }: { hitRate?: number; horizon?: number; seed?: string } = {},
): Dataset {
  const random = keyedRandom(seed);
  const features: number[][] = [];
  const targets: number[] = [];
  let turned = false;
  for (let i = 0; i < count; i++) {
    if (changes.includes(i)) turned = !turned;
    const momentum = random.next() * 2 - 1;
    const kept = random.next() < hitRate;
    features.push([momentum, random.next()]);
    targets.push((momentum > 0 === kept) === turned ? 0 : 1);
  }
  const timestamps = features.map((_, i) => i * HOUR);
  return createDataset({
    features,
    featureNames: ['momentum', 'noise'],
    targets,
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps.map((at) => at + horizon * HOUR),
  });
}
