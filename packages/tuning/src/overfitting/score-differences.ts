import { InvalidInputError, requirePairedFinite } from '@mlperf/core';
import { RowsByTime } from './rows-by-time.ts';

/**
 * Score differences of one trial against the incumbent, one per time: the rows of one time, of different symbols, share
 * the market's move and count as one observation, their mean.
 *
 * @param scores - Per-row scores of the trial, larger is better (a loss with its sign changed), shape (n), finite.
 * @param incumbent - Of the model in place, or of no skill, on the same rows, shape (n), finite.
 * @param timestamps - Of the rows, any order, shape (n), finite.
 * @returns one mean difference per distinct time, in order of time; above 0 where the trial is better.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE`.
 * @remarks O(n log n); inputs are not modified.
 * @example scoreDifferences([1, 0, 1], [0, 0, 0], [20, 10, 10]); // Float64Array [0.5, 1]
 */
export function scoreDifferences(
  scores: ArrayLike<number>,
  incumbent: ArrayLike<number>,
  timestamps: ArrayLike<number>,
): Float64Array {
  requirePairedFinite(scores, incumbent);
  if (timestamps.length !== scores.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `timestamps must have ${scores.length} values to match the scores; got ${timestamps.length}`,
    );
  }
  return new RowsByTime(timestamps).meanDifferences(scores, incumbent);
}
