import { InvalidInputError } from '../errors.ts';
import { notNegative } from '../records/scalar-checkers.ts';
import type { JsonObject } from '../types/json.ts';
import type { CalibrationData, CalibrationOptions, Calibrator } from './calibrator.ts';
import { fitInverseTemperature } from './fit-inverse-temperature.ts';
import { logComplement, logProbability, requireProbability, sigmoid } from './log-odds.ts';
import { requireCalibrationData } from './require-calibration-data.ts';
import { openStored, type StoredHead, storedCalibrator } from './stored-calibrator.ts';

interface StoredTemperature extends StoredHead {
  readonly inverseTemperature: number;
}

/** Temperature scaling of two classes: the log-odds divided by one number. See {@link fitTemperature}. */
export class TemperatureCalibrator implements Calibrator {
  readonly method = 'temperature';
  /** 1/T: 1 leaves probabilities as they are, below 1 they were too sure, 0 makes every one 0.5. */
  readonly inverseTemperature: number;

  /** @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE` for a negative one. */
  constructor(inverseTemperature: number) {
    if (!Number.isFinite(inverseTemperature)) {
      throw new InvalidInputError(
        'NOT_FINITE',
        `inverseTemperature must be a finite number; got ${inverseTemperature}`,
      );
    }
    if (inverseTemperature < 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `inverseTemperature must be at least 0; got ${inverseTemperature}`);
    }
    this.inverseTemperature = inverseTemperature + 0;
  }

  /** @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): TemperatureCalibrator {
    const stored = openStored<StoredTemperature>(json, 'temperature', { inverseTemperature: notNegative });
    return new TemperatureCalibrator(stored.inverseTemperature);
  }

  apply(score: number): number {
    const p = requireProbability(score);
    return sigmoid(this.inverseTemperature * (logProbability(p) - logComplement(p)));
  }

  toJSON(): JsonObject {
    return storedCalibrator('temperature', { inverseTemperature: this.inverseTemperature });
  }
}

/**
 * Fits temperature scaling by maximum likelihood.
 *
 *   P(p) = 1 / (1 + e^−(ln(p / (1 − p)) / T)),  T > 0
 *
 * One parameter, which changes how sure the model is but never which side it takes: 0.5 stays 0.5. Confidences that
 * carry no skill, or point the wrong way, give 1/T = 0: every probability becomes 0.5. A probability nearer than 2⁻⁵²
 * to 0 or 1 counts as that near.
 *
 * @param data - Scores in [0, 1]. All the same is enough, unless that is 0.5.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` |
 * `OUT_OF_RANGE` | `SINGLE_CLASS` | `INSUFFICIENT_DATA` for too few rows, scores that are all 0.5, or a side that is
 * right in every row: no finite 1/T is best then.
 * @throws {@link MlperfError} `TRAINING_FAILED` when the gradient does not come down to 1e-12.
 * @remarks O(n) per Newton step, usually below ten; inputs are not modified.
 * @see Guo, Pleiss, Sun & Weinberger (2017), ICML, PMLR 70:1321–1330
 * @example
 * const observed = Array.from({ length: 100 }, (_, i) => i % 10 < 6);
 * fitTemperature({ observed, scores: observed.map(() => 0.9) }).apply(0.9); // 0.6
 */
export function fitTemperature(data: CalibrationData, options: CalibrationOptions = {}): TemperatureCalibrator {
  const { rows } = requireCalibrationData(data, options, 'probability');
  const logs = new Float64Array(2 * rows);
  const observed = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) {
    logs[2 * i] = logComplement(data.scores[i]!);
    logs[2 * i + 1] = logProbability(data.scores[i]!);
    observed[i] = data.observed[i] ? 1 : 0;
  }
  return new TemperatureCalibrator(fitInverseTemperature(logs, observed, 2));
}
