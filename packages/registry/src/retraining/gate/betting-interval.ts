import { InvalidInputError } from '@mlperf/core';
import { bettingCapital } from './betting-test.ts';
import type { WeighedGain } from './gain-sequence.ts';

export interface BettingIntervalOptions {
  readonly bound: number;
  readonly labelOverlap: number;
  /** Error of the lower end, in (0, 1), over all times together. */
  readonly alphaLower: number;
  /** Error of the upper end. */
  readonly alphaUpper: number;
}

export interface GainInterval {
  readonly lower: number;
  readonly upper: number;
}

/** Halvings of the range: the ends are exact to the bound over 2⁴⁰. */
const HALVINGS = 41;

/**
 * Confidence sequence for the mean of clipped gains: the margins that a {@link BettingTest} has not refuted by now.
 *
 *   lower = sup { m : capital above m ≥ 1/alphaLower },  upper = inf { m : capital below m ≥ 1/alphaUpper }
 *
 * Intervals taken at all times hold together, each end with its own error. The capital falls as m moves towards the
 * gains, so each end is found by halving.
 *
 * @returns [−bound, bound] for ends that nothing refutes yet.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(n · rows) for each of 82 steps.
 */
export function bettingInterval(gains: readonly WeighedGain[], options: BettingIntervalOptions): GainInterval {
  for (const alpha of [options.alphaLower, options.alphaUpper]) {
    if (!(alpha > 0 && alpha < 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `alpha must lie strictly between 0 and 1; got ${alpha}`);
    }
  }
  const { bound, labelOverlap, alphaLower, alphaUpper } = options;
  const range = { bound, labelOverlap };
  return {
    lower: refutedUpTo(gains, range, 1 / alphaLower),
    upper: -refutedUpTo(mirrored(gains), range, 1 / alphaUpper),
  };
}

function refutedUpTo(
  gains: readonly WeighedGain[],
  range: Pick<BettingIntervalOptions, 'bound' | 'labelOverlap'>,
  limit: number,
): number {
  let refuted = -range.bound;
  let open = range.bound;
  for (let step = 0; step < HALVINGS; step++) {
    const margin = refuted + (open - refuted) / 2;
    if (margin === refuted || margin === open) break;
    if (bettingCapital(gains, { ...range, margin, side: 'above' }) >= limit) refuted = margin;
    else open = margin;
  }
  return refuted;
}

function mirrored(gains: readonly WeighedGain[]): readonly WeighedGain[] {
  return gains.map(({ gain, row }) => ({ gain: -gain, row }));
}
