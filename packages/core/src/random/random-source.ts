import seedrandom from 'seedrandom';
import { InvalidInputError } from '../errors.ts';

/** A seeded stream of uniform numbers. */
export interface RandomSource {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
}

/**
 * A stream of seedrandom's `alea`, keyed: streams with different keys are independent, and asking one never
 * moves another. Same seed and keys, same numbers, on every machine.
 *
 * @param seed - Any text.
 * @param keys - What the stream is for, such as a trial number and a parameter name. The number 1 and the text '1' are
 * different keys.
 * @throws {@link InvalidInputError} `NOT_FINITE` for a key that is NaN or infinite: as text they would be one key.
 * @see Baagøe (2010), Alea, as in the npm package seedrandom
 * @example keyedRandom('mlperf', 'trial', 3).next(); // 0.9460307410918176
 */
export function keyedRandom(seed: string, ...keys: readonly (string | number)[]): RandomSource {
  for (const key of keys) {
    if (typeof key === 'number' && !Number.isFinite(key)) {
      throw new InvalidInputError('NOT_FINITE', `a key must be a text or a finite number; got ${key}`);
    }
  }
  const generator = seedrandom.alea(JSON.stringify([seed, ...keys]));
  return { next: () => generator() };
}

/**
 * Uniform whole number in [0, bound).
 * @param bound - A whole number from 1 to 2^32. A value's probability is off by at most 2^-32.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 */
export function randomInteger(random: RandomSource, bound: number): number {
  if (!(Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32)) {
    throw new InvalidInputError('OUT_OF_RANGE', `bound must be a whole number from 1 to 2^32; got ${bound}`);
  }
  return Math.floor(random.next() * bound);
}

/** Standard normal, by Marsaglia's polar method (1964), doi:10.1137/1006063. */
export function randomNormal(random: RandomSource): number {
  for (;;) {
    const u = 2 * random.next() - 1;
    const v = 2 * random.next() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}
