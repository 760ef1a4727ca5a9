import { InvalidInputError, purgeTrainingRows, selectRows } from '@mlperf/core';
import type { TrainingData } from './training-data.ts';

/**
 * Holds the newest rows back, to stop early on.
 *
 *   the tail: the rows not older than the round(share · rows)-th newest one, of all groups together
 *   the rest: the older rows but for those whose label reaches into the time of a tail row (purged)
 *
 * @param share - In (0, 0.5].
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row is left to train on.
 * @remarks O(rows · log rows).
 */
export function holdTailBack(
  data: TrainingData,
  share: number,
): { readonly train: TrainingData; readonly tail: TrainingData } {
  const { timestamps } = data.dataset;
  const rows = timestamps.length;
  const newest = timestamps.slice().sort();
  const cut = newest[rows - Math.max(1, Math.round(share * rows))]!;
  const older: number[] = [];
  const tail: number[] = [];
  for (let row = 0; row < rows; row++) (timestamps[row]! >= cut ? tail : older).push(row);
  const kept = purgeTrainingRows(data.dataset, older, tail);
  if (kept.length === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `early stopping must leave rows whose labels end before the newest ${tail.length} rows begin; got none of ${rows}`,
    );
  }
  return { train: pick(data, kept), tail: pick(data, tail) };
}

function pick({ dataset, weights }: TrainingData, rows: ArrayLike<number>): TrainingData {
  return {
    dataset: selectRows(dataset, rows),
    weights: weights && Float64Array.from(rows, (row) => weights[row]!),
  };
}
