import { type Dataset, InvalidInputError, lookBackWindows, selectRows, shareDataset } from '@mlperf/core';
import { mostRecentRows } from '../cross-validation/recent-rows.ts';
import { distinctTimes } from '../cross-validation/time-blocks.ts';

/** A trial is fitted on 1/9, then on 1/3 of the times, before it is fitted on all. */
const SHARES = [9, 3] as const;

/** The newest part of a fold's training rows, laid out once for all trials. */
export interface TrainingWindow {
  /** How many distinct times it has: the resource a pruner counts. */
  readonly times: number;
  readonly train: Dataset;
}

/** Windows that grow backwards, and how many times the whole of the training rows have. */
export interface TrainingWindows {
  /** Ascending, each shorter than the whole. */
  readonly windows: readonly TrainingWindow[];
  readonly times: number;
}

/**
 * The windows of a fold: its newest ⌈times/9⌉ and ⌈times/3⌉ distinct times. One that no model could be fitted on, since
 * its rows with enough before them are none or of one class, is left out.
 * @param lookBack - The largest of any trial: all of them have the same windows.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when none is left.
 */
export function trainingWindows(train: Dataset, lookBack: number): TrainingWindows {
  const rows = Uint32Array.from({ length: train.features.rows }, (_, row) => row);
  const { length: times } = distinctTimes(train.timestamps);
  const windows: TrainingWindow[] = [];
  for (const share of SHARES) {
    const newest = Math.ceil(times / share);
    if (newest === times || newest === windows.at(-1)?.times) continue;
    const window = selectRows(train, mostRecentRows(train.timestamps, rows, newest));
    if (canBeFitted(window, lookBack)) windows.push({ times: newest, train: shareDataset(window) });
  }
  if (windows.length === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `pruneBy 'window' must have a part of the first fold's training rows to fit on; got none in ${times} times`,
    );
  }
  return { windows, times };
}

function canBeFitted(window: Dataset, lookBack: number): boolean {
  const { rows } = lookBackWindows(window, lookBack);
  if (window.classes === undefined) return rows.length > 0;
  return rows.some((row) => window.targets[row] !== window.targets[rows[0]!]);
}
