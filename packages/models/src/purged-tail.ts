import { type Dataset, InvalidInputError } from '@mlperf/core';

/** Rows to train on and later rows to stop by, which share no time. */
export interface PurgedSplit {
  /** Ascending. */
  readonly trainRows: Uint32Array;
  /** Ascending; of all groups, from one moment on. */
  readonly tailRows: Uint32Array;
}

/** Rows between two looks at the signal: some milliseconds of any pass over rows. */
export const ROWS_PER_LOOK = 1 << 16;

/**
 * Keeps the newest rows back to stop early by.
 *
 *   the tail: the rows not older than the round(share · rows)-th newest one, of all groups together
 *   the rest: the older rows but for those whose label reaches into the time of a tail row (purged)
 *
 * @param share - Of the rows, in (0, 1).
 * @param look - Called every {@link ROWS_PER_LOOK} rows; throws to end the work.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row is left to train on.
 * @remarks O(rows · log rows).
 */
export function purgedTail(
  { timestamps, labelEndsAt }: Pick<Dataset, 'timestamps' | 'labelEndsAt'>,
  share: number,
  look: () => void,
): PurgedSplit {
  const rows = timestamps.length;
  const start = nthNewest(timestamps, Math.max(1, Math.round(share * rows)), look);
  const trainRows = new Uint32Array(rows);
  const tailRows = new Uint32Array(rows);
  let trained = 0;
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    if (row % ROWS_PER_LOOK === 0) look();
    if (timestamps[row]! >= start) tailRows[kept++] = row;
    // The tail begins at `start`: an older row's label meets a row of it exactly when it is known then or later.
    else if (labelEndsAt[row]! < start) trainRows[trained++] = row;
  }
  if (trained === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `early stopping must leave rows whose labels end before the newest ${kept} rows begin; got none of ${rows}`,
    );
  }
  return { trainRows: trainRows.slice(0, trained), tailRows: tailRows.slice(0, kept) };
}

/** The n-th largest value: stretches are sorted one by one, then its place is bisected over their values. */
function nthNewest(values: Float64Array, n: number, look: () => void): number {
  const stretches: Float64Array[] = [];
  for (let from = 0; from < values.length; from += ROWS_PER_LOOK) {
    look();
    stretches.push(values.slice(from, from + ROWS_PER_LOOK).sort());
  }
  const atLeast = (bound: number): number =>
    stretches.reduce((count, sorted) => count + sorted.length - firstAtLeast(sorted, bound), 0);
  let low = Math.min(...stretches.map((sorted) => sorted[0]!));
  let high = Math.max(...stretches.map((sorted) => sorted.at(-1)!));
  if (atLeast(high) >= n) return high;
  // atLeast(low) ≥ n > atLeast(high), until no double lies between them.
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (atLeast(middle) >= n) low = middle;
    else high = middle;
  }
  return low;
}

function firstAtLeast(sorted: Float64Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
