import {
  type Dataset,
  lookBackWindows,
  MlperfError,
  purgeTrainingRows,
  type RetrainingConfig,
  type StoredModelVersion,
  selectRows,
} from '@mlperf/core';
import { LEAST_BLOCKS } from './gate/block-bootstrap.ts';
import { timeOrder } from './gate/block-length.ts';
import { blockLengthOf } from './gate/judge-challenge.ts';

export type PlanRules = Pick<RetrainingConfig, 'holdoutRows' | 'minTrainingRows' | 'embargoMs' | 'blockLength'>;

/**
 * The evaluation sample: the newest `holdoutRows` rows, by timestamp over all groups.
 *
 * @param seenThrough - The last label end, epoch milliseconds, that any of the models to judge was trained on: every
 * row of the sample begins later, by more than the embargo.
 * @returns rows of the dataset, ascending.
 * @throws {@link MlperfError} `TRAINING_FAILED` saying how many rows are missing, when there are too few that no model
 * has seen, or fewer than ten bootstrap blocks.
 */
export function evaluationRows(dataset: Dataset, seenThrough: number, rules: PlanRules): Uint32Array {
  const { timestamps } = dataset;
  const newest = timeOrder(dataset).slice(-rules.holdoutRows);
  const unseen = newest.filter((row) => timestamps[row]! > seenThrough + rules.embargoMs);
  if (unseen.length < rules.holdoutRows) {
    throw new MlperfError(
      'TRAINING_FAILED',
      `the comparison needs the newest ${rules.holdoutRows} rows, none of them seen in training ` +
        `(through ${seenThrough}, embargo ${rules.embargoMs} ms); got ${unseen.length} of ${timestamps.length}`,
    );
  }
  const rows = unseen.sort();
  const sample = selectRows(dataset, rows);
  const least = LEAST_BLOCKS * blockLengthOf(sample, rules);
  if (rows.length < least) {
    throw new MlperfError(
      'TRAINING_FAILED',
      `the comparison needs ${least} rows, ten blocks of ${least / LEAST_BLOCKS}; holdoutRows is ${rules.holdoutRows}`,
    );
  }
  return rows;
}

/** The rows of an evaluation sample that every model to judge can answer. */
export interface AnswerableRows {
  /** Ascending rows of the dataset. */
  readonly rows: Uint32Array;
  /** Rows of the sample left out. */
  readonly unscoredRows: number;
}

/**
 * Leaves out the evaluation rows with fewer rows before them in their series than the models look back on.
 *
 * @param lookBack - The longest of the models to judge: all of them are judged on the same rows.
 * @throws {@link MlperfError} `TRAINING_FAILED` when fewer than ten bootstrap blocks are left.
 */
export function answerableRows(
  dataset: Dataset,
  evaluation: Uint32Array,
  lookBack: number,
  rules: Pick<PlanRules, 'blockLength'>,
): AnswerableRows {
  if (lookBack === 0) return { rows: evaluation, unscoredRows: 0 };
  const windows = lookBackWindows(selectRows(dataset, evaluation), lookBack, dataset);
  const rows = Uint32Array.from(windows.rows, (row) => evaluation[row]!);
  const unscoredRows = evaluation.length - rows.length;
  if (unscoredRows === 0) return { rows: evaluation, unscoredRows };
  const least = rows.length === 0 ? 1 : LEAST_BLOCKS * blockLengthOf(selectRows(dataset, rows), rules);
  if (rows.length < least) {
    throw new MlperfError(
      'TRAINING_FAILED',
      `the comparison needs ${least} rows with ${lookBack} rows before them in their series; got ${rows.length} of ${evaluation.length}`,
    );
  }
  return { rows, unscoredRows };
}

/** What a challenger is trained on. */
export interface TrainingRows {
  readonly train: Dataset;
  /** The last label end trained on, epoch milliseconds. */
  readonly trainedThrough: number;
}

/**
 * Every row that shares no time with the evaluation sample, purged on label ends with the embargo.
 * @throws {@link MlperfError} `TRAINING_FAILED` when fewer than `minTrainingRows` are left.
 */
export function trainingRows(dataset: Dataset, evaluation: Uint32Array, rules: PlanRules): TrainingRows {
  const held = new Set(evaluation);
  const others = Uint32Array.from(dataset.timestamps.keys()).filter((row) => !held.has(row));
  const kept = purgeTrainingRows(dataset, others, evaluation, { embargoMs: rules.embargoMs });
  if (kept.length < rules.minTrainingRows) {
    throw new MlperfError(
      'TRAINING_FAILED',
      `training needs at least ${rules.minTrainingRows} rows; got ${kept.length} of ${dataset.timestamps.length} ` +
        `after ${evaluation.length} were held out and ${others.length - kept.length} purged`,
    );
  }
  const train = selectRows(dataset, kept);
  return { train, trainedThrough: train.labelEndsAt.reduce((latest, end) => Math.max(latest, end)) };
}

/** The last label end a version can have been trained on, epoch milliseconds: what it says, else when it was trained. */
export function seenThrough(version: Pick<StoredModelVersion, 'metadata' | 'trainedAt'> | undefined): number {
  const told = version?.metadata.trainedThrough;
  return typeof told === 'number' ? told : (version?.trainedAt ?? Number.NEGATIVE_INFINITY);
}
