import {
  type ClassCalibrator,
  type Dataset,
  fitClassCalibrator,
  MlperfError,
  purgeTrainingRows,
  type RetrainingConfig,
  selectRows,
} from '@mlperf/core';
import type { FittedModel } from '../fitted-model.ts';
import { timeOrder } from '../gate/block-length.ts';
import type { RunProgress } from '../run-progress.ts';
import { fittedAnswers } from './fitted-answers.ts';

/** The training rows, parted in those a model is fitted on and the newest, which its calibration is fitted on. */
export interface CalibrationSplit {
  readonly fit: Dataset;
  /** Rows of the whole, ascending; empty without a calibration. */
  readonly held: Uint32Array;
}

/** What calibration came to, as it is stored with the retraining. */
export type CalibrationEvidence = {
  readonly method: string;
  readonly rows: number;
  /** Why the model goes without one. */
  readonly reason?: string;
};

export interface Calibrated {
  /** Absent when the model goes without one. */
  readonly calibration?: ClassCalibrator;
  /** Absent when none was asked for. */
  readonly evidence?: CalibrationEvidence;
}

/** Rows of a training window, ascending. */
export interface CalibrationRows {
  /** Those to fit on. */
  readonly fit: Uint32Array;
  /** Those the calibration is fitted on; empty without one. */
  readonly held: Uint32Array;
}

/** Holds back the newest `calibrationRows` of the training rows, and purges the others of what overlaps them. */
export function calibrationRowsOf(
  train: Dataset,
  { calibration, calibrationRows, embargoMs }: Pick<RetrainingConfig, 'calibration' | 'calibrationRows' | 'embargoMs'>,
): CalibrationRows {
  if (calibration === 'none') return { fit: Uint32Array.from(train.timestamps.keys()), held: new Uint32Array(0) };
  const order = timeOrder(train);
  const held = Uint32Array.from(order.slice(-calibrationRows)).sort();
  const before = Uint32Array.from(order.slice(0, -calibrationRows)).sort();
  return { fit: purgeTrainingRows(train, before, held, { embargoMs }), held };
}

/**
 * Parts the training rows, see {@link calibrationRowsOf}.
 * @throws {@link MlperfError} `TRAINING_FAILED` when fewer than `minTrainingRows` are left to fit on.
 */
export function calibrationSplit(run: RunProgress, train: Dataset): CalibrationSplit {
  const { config } = run.context;
  const { fit, held } = calibrationRowsOf(train, config);
  if (held.length === 0) return { fit: train, held };
  const { minTrainingRows, calibrationRows } = config;
  if (fit.length < minTrainingRows) {
    throw new MlperfError(
      'TRAINING_FAILED',
      `training needs at least ${minTrainingRows} rows beside ${calibrationRows} for the calibration; got ${fit.length}`,
    );
  }
  return { fit: selectRows(train, fit), held };
}

/**
 * Fits the calibration on rows the model has not been trained on. Rows that no calibration can be fitted on, because a
 * class is missing among them, leave the model as it is, and the evidence says so.
 *
 * @param whole - What the held rows are of; a model that looks back reads the rows before them.
 */
export async function calibrate(
  run: RunProgress,
  fitted: FittedModel,
  whole: Dataset,
  held: Uint32Array,
): Promise<Calibrated> {
  const method = run.context.config.calibration;
  if (method === 'none') return {};
  const { classes, probabilities } = await fittedAnswers(run, fitted, whole, held);
  const observed = Array.from(held, (row) => whole.classes?.[whole.targets[row]!] ?? '');
  const rows = observed.map((_, i) => probabilities.subarray(i * classes.length, (i + 1) * classes.length));
  const told = { method, rows: held.length };
  try {
    return { calibration: fitClassCalibrator(method, { classes, observed, probabilities: rows }), evidence: told };
  } catch (error) {
    if (!MlperfError.is(error)) throw error;
    return { evidence: { ...told, reason: error.message } };
  }
}
