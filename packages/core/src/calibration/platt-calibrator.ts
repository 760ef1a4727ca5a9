import { InvalidInputError } from '../errors.ts';
import { finite } from '../records/scalar-checkers.ts';
import type { JsonObject } from '../types/json.ts';
import type { CalibrationData, CalibrationOptions, Calibrator } from './calibrator.ts';
import { fitLogistic } from './fit-logistic.ts';
import { requireScore, sigmoid } from './log-odds.ts';
import { requireCalibrationData, requireVariation } from './require-calibration-data.ts';
import { openStored, type StoredHead, storedCalibrator } from './stored-calibrator.ts';

interface StoredPlatt extends StoredHead {
  readonly slope: number;
  readonly intercept: number;
}

/** Platt scaling: a logistic curve over the score. See {@link fitPlatt}. */
export class PlattCalibrator implements Calibrator {
  readonly method = 'platt';
  /** −A in Platt's notation. */
  readonly slope: number;
  /** −B in Platt's notation. */
  readonly intercept: number;

  /** @throws {@link InvalidInputError} `NOT_FINITE`. */
  constructor(slope: number, intercept: number) {
    if (!Number.isFinite(slope) || !Number.isFinite(intercept)) {
      throw new InvalidInputError(
        'NOT_FINITE',
        `slope and intercept must be finite numbers; got ${slope} and ${intercept}`,
      );
    }
    this.slope = slope + 0;
    this.intercept = intercept + 0;
  }

  /** @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): PlattCalibrator {
    const { slope, intercept } = openStored<StoredPlatt>(json, 'platt', { slope: finite, intercept: finite });
    return new PlattCalibrator(slope, intercept);
  }

  apply(score: number): number {
    return sigmoid(this.slope * requireScore(score) + this.intercept);
  }

  toJSON(): JsonObject {
    return storedCalibrator('platt', { slope: this.slope, intercept: this.intercept });
  }
}

/**
 * Fits Platt scaling by maximum likelihood on smoothed targets.
 *
 *   P(s) = 1 / (1 + e^−(slope·s + intercept)),  targets (N₊ + 1)/(N₊ + 2) where true, 1/(N₋ + 2) where false
 *
 * The smoothed targets keep the slope finite when hits and misses are perfectly separated. The slope is free: of scores
 * that point the wrong way it comes out negative.
 *
 * @param data - Scores of any scale. A probability may be given as it is, as scikit-learn does; the curve over its
 * log-odds is {@link fitBeta} with a = b.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`
 * beyond ±1e100 | `INSUFFICIENT_DATA` for too few rows or scores that are all the same | `SINGLE_CLASS`.
 * @throws {@link MlperfError} `TRAINING_FAILED` when the gradient does not come down to 1e-10.
 * @remarks O(n) per Newton step, usually below ten; inputs are not modified. scikit-learn stops its L-BFGS earlier and
 * agrees to about 1e-5.
 * @see Platt (1999), Advances in Large Margin Classifiers 61–74; Lin, Lin & Weng (2007), Machine Learning 68:267–276,
 * doi:10.1007/s10994-007-5018-6
 * @example
 * const observed = Array.from({ length: 100 }, (_, i) => i % 10 < (i < 50 ? 2 : 8));
 * const scores = observed.map((_, i) => (i < 50 ? -1 : 1));
 * fitPlatt({ observed, scores }).apply(1); // (40·51/52 + 10·1/52)/50 = 0.788…
 */
export function fitPlatt(data: CalibrationData, options: CalibrationOptions = {}): PlattCalibrator {
  const counts = requireCalibrationData(data, options, 'score');
  requireVariation(counts);
  const negatives = counts.rows - counts.positives;
  const whenTrue = (counts.positives + 1) / (counts.positives + 2);
  const whenFalse = 1 / (negatives + 2);
  const targets = Float64Array.from(data.observed, (came) => (came ? whenTrue : whenFalse));
  const { weights, intercept } = fitLogistic([Float64Array.from(data.scores)], targets, { nonNegative: false });
  return new PlattCalibrator(weights[0]!, intercept);
}
