import {
  type ClassCalibrator,
  type Dataset,
  fitClassCalibrator,
  MlperfError,
  purgeTrainingRows,
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

/**
 * Holds back the newest `calibrationRows` of the training rows, and purges the others of what overlaps them.
 * @throws {@link MlperfError} `TRAINING_FAILED` when fewer than `minTrainingRows` are left to fit on.
 */
export function calibrationSplit(run: RunProgress, train: Dataset): CalibrationSplit {
  const { calibration, calibrationRows, minTrainingRows, embargoMs } = run.context.config;
  if (calibration === 'none') return { fit: train, held: new Uint32Array(0) };
  const order = timeOrder(train);
  const held = Uint32Array.from(order.slice(-calibrationRows)).sort();
  const before = Uint32Array.from(order.slice(0, -calibrationRows)).sort();
  const kept = purgeTrainingRows(train, before, held, { embargoMs });
  if (kept.length < minTrainingRows) {
    throw new MlperfError(
      'TRAINING_FAILED',
      `training needs at least ${minTrainingRows} rows beside ${calibrationRows} for the calibration; got ${kept.length}`,
    );
  }
  return { fit: selectRows(train, kept), held };
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
