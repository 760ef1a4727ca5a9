import { InvalidInputError } from '@mlperf/core';
import type { WeighedGain } from './gain-sequence.ts';

/** `above`: bets that the mean exceeds the margin. `below`: that it falls short of it. */
export type BettingSide = 'above' | 'below';

/**
 * Shares of the stake that are bet, from a half down by halves. A bet of share λ is best when λ = gain · bound /
 * variance; between two of them at least 83 % of the best growth is had.
 */
export const BETTING_SHARES: readonly number[] = Array.from({ length: 8 }, (_, k) => 2 ** -(k + 1));

/** Far beyond any level at which somebody stops, far below the largest double. */
const MOST_CAPITAL = 1e100;

export interface BettingTestOptions {
  /** Gains lie in [−bound, bound]. */
  readonly bound: number;
  /** How many interleaved rows there can be, ≥ 1. */
  readonly labelOverlap: number;
  /** The mean under the null hypothesis, strictly within the bound. */
  readonly margin: number;
  readonly side: BettingSide;
}

/**
 * A test of a mean that may be looked at after every gain: capital that a bettor makes of betting against the margin.
 *
 *   above:  K ← K · (1 + λ · (x − m) / (b + m))        H₀: each gain, given what was known at its decision, is ≤ m on average
 *   below:  K ← K · (1 + λ · (m − x) / (b − m))        H₀: … ≥ m
 *
 * averaged over the shares λ with equal weights (diversified Kelly betting) and over the rows. Under H₀ a row's capital
 * is a nonnegative supermartingale that starts at 1, so by Ville's inequality it ever reaches 1/α with probability at
 * most α, however often and whenever one looks. Rows whose next outcome may be half known already, all but the one that
 * moved last, count as if that outcome were the worst, (1 − λ) · K: at the end of their pending bet they have at
 * least that, and whether to stop may depend on what is half known.
 *
 * @remarks O(rows) time per gain, O(rows) space.
 * @see Waudby-Smith & Ramdas (2024), JRSS B 86:1–27, doi:10.1093/jrsssb/qkad009, sections 4 and 5
 * @example
 * const test = new BettingTest({ bound: 1, labelOverlap: 1, margin: 0, side: 'above' });
 * test.add({ gain: 1, row: 0 });
 * test.capital; // mean of 1 + 2^−k over k = 1 … 8: 1.1245…
 */
export class BettingTest {
  readonly #options: BettingTestOptions;
  readonly #rows: Float64Array[] = [];
  #newest = -1;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: BettingTestOptions) {
    const { bound, margin } = options;
    if (!(Math.abs(margin) < bound)) {
      throw new InvalidInputError('OUT_OF_RANGE', `margin must lie within the bound of ${bound}; got ${margin}`);
    }
    this.#options = options;
  }

  /** The evidence against H₀: reject it at level α once this is at least 1/α. 1 before the first gain. */
  get capital(): number {
    if (this.#newest < 0) return 1;
    const { labelOverlap } = this.#options;
    let total = 0;
    for (let row = 0; row < labelOverlap; row++) {
      const capital = this.#rows[row];
      BETTING_SHARES.forEach((share, k) => {
        total += (capital?.[k] ?? 1) * (row === this.#newest ? 1 : 1 - share);
      });
    }
    return total / (labelOverlap * BETTING_SHARES.length);
  }

  add({ gain, row }: WeighedGain): void {
    const { bound, margin, side } = this.#options;
    const stake = side === 'above' ? (gain - margin) / (bound + margin) : (margin - gain) / (bound - margin);
    let capital = this.#rows[row];
    if (capital === undefined) {
      capital = new Float64Array(BETTING_SHARES.length).fill(1);
      this.#rows[row] = capital;
    }
    for (let k = 0; k < capital.length; k++) {
      capital[k] = Math.min(MOST_CAPITAL, capital[k]! * (1 + BETTING_SHARES[k]! * stake));
    }
    this.#newest = row;
  }
}

/** The capital after all the gains. */
export function bettingCapital(gains: readonly WeighedGain[], options: BettingTestOptions): number {
  const test = new BettingTest(options);
  for (const gain of gains) test.add(gain);
  return test.capital;
}
