import { keyedRandom } from '@mlperf/core';

/**
 * A small fast stream of 32-bit words: sfc32, four words of state, started from core's keyed stream so that seed and
 * keys fix every draw. Whole-number arithmetic only: the same numbers on every machine.
 *
 * @see Doty-Humphrey (2010), PractRand, "Small Fast Counting"
 */
export class FastRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string, ...keys: readonly (string | number)[]) {
    const random = keyedRandom(seed, ...keys);
    this.#a = Math.floor(random.next() * 2 ** 32) | 0;
    this.#b = Math.floor(random.next() * 2 ** 32) | 0;
    this.#c = Math.floor(random.next() * 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) this.nextWord();
  }

  /** Uniform over all signed 32-bit numbers. */
  nextWord(): number {
    const word = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word;
  }

  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number {
    return (this.nextWord() >>> 0) / 2 ** 32;
  }

  /** Uniform whole number in [0, bound), 1 ≤ bound ≤ 2^31; a value's probability is off by at most 2^-32. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}
