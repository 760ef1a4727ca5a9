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
  /**
   * How many of the first gains bets also begin anew with, ≥ 1: with half of the stake, so that a mean that moves later is
   * found as well. Default: all of it is bet from the first gain on.
   */
  readonly restarts?: number;
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
 * With N `restarts` half of the stake is dealt to the first N gains, each of which a bet begins with:
 *
 *   S ← (S + 1/N) · (1 + …),   capital = (K + Σ S + stake not yet dealt) / 2
 *
 * also a nonnegative supermartingale that starts at 1. A mean that has moved after s gains is found as if one had begun
 * there with a stake of 1/(2N), which costs log(2N) of evidence.
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
  readonly #anew: Float64Array[] = [];
  #newest = -1;
  #gains = 0;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: BettingTestOptions) {
    const { bound, margin, restarts = 1 } = options;
    if (!Number.isInteger(restarts) || restarts < 1) {
      throw new InvalidInputError('OUT_OF_RANGE', `restarts must be a whole number of at least 1; got ${restarts}`);
    }
    if (!(Math.abs(margin) < bound)) {
      throw new InvalidInputError('OUT_OF_RANGE', `margin must lie within the bound of ${bound}; got ${margin}`);
    }
    this.#options = options;
  }

  /** The evidence against H₀: reject it at level α once this is at least 1/α. 1 before the first gain. */
  get capital(): number {
    if (this.#newest < 0) return 1;
    const { labelOverlap, restarts } = this.#options;
    let total = 0;
    for (let row = 0; row < labelOverlap; row++) total += this.#worth(row, this.#rows[row], 1);
    const fromStart = total / labelOverlap;
    if (restarts === undefined) return fromStart;
    let anew = Math.max(0, restarts - this.#gains) / restarts;
    this.#anew.forEach((stakes, row) => {
      anew += this.#worth(row, stakes, 0);
    });
    return (fromStart + anew) / 2;
  }

  add({ gain, row }: WeighedGain): void {
    const { bound, margin, side, restarts } = this.#options;
    const stake = side === 'above' ? (gain - margin) / (bound + margin) : (margin - gain) / (bound - margin);
    this.#rows[row] ??= new Float64Array(BETTING_SHARES.length).fill(1);
    move(this.#rows[row], stake, 0);
    if (restarts !== undefined) {
      this.#anew[row] ??= new Float64Array(BETTING_SHARES.length);
      move(this.#anew[row], stake, this.#gains < restarts ? 1 / restarts : 0);
    }
    this.#gains++;
    this.#newest = row;
  }

  /** Mean over the shares of what a row is worth at least. @param untouched - What it is worth before its first gain. */
  #worth(row: number, capital: Float64Array | undefined, untouched: number): number {
    let total = 0;
    for (let k = 0; k < BETTING_SHARES.length; k++) {
      total += (capital?.[k] ?? untouched) * (row === this.#newest ? 1 : 1 - BETTING_SHARES[k]!);
    }
    return total / BETTING_SHARES.length;
  }
}

function move(capital: Float64Array, stake: number, dealt: number): void {
  for (let k = 0; k < capital.length; k++) {
    capital[k] = Math.min(MOST_CAPITAL, (capital[k]! + dealt) * (1 + BETTING_SHARES[k]! * stake));
  }
}

/** The capital after all the gains. */
export function bettingCapital(gains: readonly WeighedGain[], options: BettingTestOptions): number {
  const test = new BettingTest(options);
  for (const gain of gains) test.add(gain);
  return test.capital;
}
