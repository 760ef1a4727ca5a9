import { InvalidInputError } from '@mlperf/core';
import { requireCount } from './require-count.ts';
import { distinctTimes } from './time-blocks.ts';

/**
 * The rows of the newest distinct times: a training window that grows backwards. It is how less data is spent on a trial
 * in halving, where a random subsample would tear series apart.
 *
 * @param timestamps - Of the dataset. @param rows - Rows of the dataset, any order.
 * @param times - How many distinct times of `rows` to keep; whole, at least 1.
 * @returns the kept rows, in the order given; all of them when they have no more times.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(rows · log rows).
 * @example mostRecentRows(Float64Array.of(10, 10, 20, 30), Uint32Array.of(0, 1, 2), 1); // Uint32Array [2]
 */
export function mostRecentRows(timestamps: Float64Array, rows: Uint32Array, times: number): Uint32Array {
  requireCount(times, 'times');
  const outside = rows.find((row) => row >= timestamps.length);
  if (outside !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `rows must be rows of the dataset, 0 to ${timestamps.length - 1}; got ${outside}`,
    );
  }
  const own = distinctTimes(Float64Array.from(rows, (row) => timestamps[row]!));
  const from = own[Math.max(0, own.length - times)] ?? 0;
  return rows.filter((row) => timestamps[row]! >= from);
}
