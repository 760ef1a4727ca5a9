import { InvalidInputError } from '../errors.ts';
import { finite, notNegative } from '../records/scalar-checkers.ts';
import type { JsonObject } from '../types/json.ts';
import type { CalibrationData, CalibrationOptions, Calibrator } from './calibrator.ts';
import { fitLogistic } from './fit-logistic.ts';
import { logComplement, logProbability, requireProbability, sigmoid } from './log-odds.ts';
import { requireCalibrationData, requireVariation } from './require-calibration-data.ts';
import { openStored, type StoredHead, storedCalibrator } from './stored-calibrator.ts';

interface StoredBeta extends StoredHead {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Beta calibration: log-odds that bend at both ends of the probability by their own power. See {@link fitBeta}. */
export class BetaCalibrator implements Calibrator {
  readonly method = 'beta';
  readonly a: number;
  readonly b: number;
  readonly c: number;

  /** @throws {@link InvalidInputError} `NOT_FINITE`; `OUT_OF_RANGE` for a negative a or b. */
  constructor(a: number, b: number, c: number) {
    if (!Number.isFinite(a) || !Number.isFinite(b) || !Number.isFinite(c)) {
      throw new InvalidInputError('NOT_FINITE', `a, b and c must be finite numbers; got ${a}, ${b} and ${c}`);
    }
    if (a < 0 || b < 0) throw new InvalidInputError('OUT_OF_RANGE', `a and b must be at least 0; got ${a} and ${b}`);
    this.a = a + 0;
    this.b = b + 0;
    this.c = c + 0;
  }

  /** @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): BetaCalibrator {
    const { a, b, c } = openStored<StoredBeta>(json, 'beta', { a: notNegative, b: notNegative, c: finite });
    return new BetaCalibrator(a, b, c);
  }

  apply(score: number): number {
    const p = requireProbability(score);
    return sigmoid(this.a * logProbability(p) - this.b * logComplement(p) + this.c);
  }

  toJSON(): JsonObject {
    return storedCalibrator('beta', { a: this.a, b: this.b, c: this.c });
  }
}

/**
 * Fits beta calibration by maximum likelihood: the family of curves that is right when the scores of each class follow
 * a beta distribution; the identity (a = b = 1, c = 0) is one of them.
 *
 *   P(p) = 1 / (1 + e^−(a·ln p − b·ln(1 − p) + c)),  a, b ≥ 0
 *
 * The bounds keep the curve from falling; the optimum under them is exact (the package `betacal` drops a negative
 * parameter and fits again, which is the same while only one is negative). Confidences that point the wrong way give
 * a = b = 0, the constant share of true rows. A probability nearer than 2⁻⁵² to 0 or 1 counts as that near.
 *
 * @param data - Scores in [0, 1].
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` |
 * `OUT_OF_RANGE` | `SINGLE_CLASS` | `INSUFFICIENT_DATA` for too few rows, fewer than three different scores, or scores
 * that separate true from false rows: the likelihood then has no maximum.
 * @throws {@link MlperfError} `TRAINING_FAILED` when the gradient does not come down to 1e-10.
 * @remarks O(n) per Newton step, usually below ten; inputs are not modified.
 * @see Kull, Silva Filho & Flach (2017), AISTATS, PMLR 54:623–631
 * @example
 * const observed = Array.from({ length: 300 }, (_, i) => Math.floor(i / 3) % 10 < [2, 5, 8][i % 3]!);
 * fitBeta({ observed, scores: observed.map((_, i) => [0.1, 0.5, 0.9][i % 3]!) }).apply(0.9); // 8 / 10
 */
export function fitBeta(data: CalibrationData, options: CalibrationOptions = {}): BetaCalibrator {
  requireVariation(requireCalibrationData(data, options, 'probability'));
  requireOverlap(data);
  const logs = Float64Array.from(data.scores, logProbability);
  const complements = Float64Array.from(data.scores, (p) => -logComplement(p));
  const different = Math.min(new Set(logs).size, new Set(complements).size);
  if (different < 3) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `scores must hold at least 3 different probabilities to fit 3 parameters; got ${different}`,
    );
  }
  const targets = Float64Array.from(data.observed, Number);
  const { weights, intercept } = fitLogistic([logs, complements], targets, { nonNegative: true });
  return new BetaCalibrator(weights[0]!, weights[1]!, intercept);
}

/** A threshold that has every true row at or above it and every false row at or below it. */
function requireOverlap({ observed, scores }: CalibrationData): void {
  let lowestTrue = 1;
  let highestFalse = 0;
  for (let i = 0; i < scores.length; i++) {
    if (observed[i]) lowestTrue = Math.min(lowestTrue, scores[i]!);
    else highestFalse = Math.max(highestFalse, scores[i]!);
  }
  if (highestFalse > lowestTrue) return;
  throw new InvalidInputError(
    'INSUFFICIENT_DATA',
    `scores of true and false rows must overlap; every true one is at least ${lowestTrue}, every false one at most ${highestFalse}`,
  );
}
