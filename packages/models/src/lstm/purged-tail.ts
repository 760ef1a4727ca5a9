import { type Dataset, InvalidInputError, purgeTrainingRows } from '@mlperf/core';

/** Rows to train on and later rows to stop by, which share no time. */
export interface PurgedSplit {
  /** Ascending. */
  readonly trainRows: Uint32Array;
  /** Ascending; of all groups, from one moment on. */
  readonly tailRows: Uint32Array;
}

/**
 * Keeps the newest rows back to stop early by.
 *
 *   the tail: the rows not older than the round(share · rows)-th newest one, of all groups together
 *   the rest: the older rows but for those whose label reaches into the time of a tail row (purged)
 *
 * @param share - Of the rows, in (0, 1).
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row is left to train on.
 * @remarks O(rows · log rows).
 */
export function purgedTail(dataset: Pick<Dataset, 'timestamps' | 'labelEndsAt'>, share: number): PurgedSplit {
  const { timestamps } = dataset;
  const count = Math.max(1, Math.round(share * timestamps.length));
  const start = timestamps.toSorted()[timestamps.length - count]!;
  const tail: number[] = [];
  const older: number[] = [];
  timestamps.forEach((at, row) => {
    (at >= start ? tail : older).push(row);
  });
  const trainRows = purgeTrainingRows(dataset, older, tail);
  if (trainRows.length === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `early stopping must leave rows whose labels end before the newest ${tail.length} rows begin; got none of ${timestamps.length}`,
    );
  }
  return { trainRows, tailRows: Uint32Array.from(tail) };
}
