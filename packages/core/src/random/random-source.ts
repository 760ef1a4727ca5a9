import seedrandom from 'seedrandom';

/** A seeded stream of uniform numbers. */
export interface RandomSource {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
}

/**
 * A stream of seedrandom's `alea`, keyed: streams with different keys are independent, and asking one never
 * moves another. Same seed and keys, same numbers, on every machine.
 * @param seed - Any text. @param keys - What the stream is for, such as a trial number and a parameter name.
 */
export function keyedRandom(seed: string, ...keys: readonly (string | number)[]): RandomSource {
  const generator = seedrandom.alea(JSON.stringify([seed, ...keys]));
  return { next: () => generator() };
}

/** Uniform whole number in [0, bound). @param bound - 1 to 2^32. */
export function randomInteger(random: RandomSource, bound: number): number {
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
