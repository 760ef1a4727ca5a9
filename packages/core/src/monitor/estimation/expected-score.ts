import { InvalidInputError } from '../../errors.ts';

/** The expectation of a metric over outcomes that are not known yet. */
export interface ExpectedScore {
  readonly value: number;
  /**
   * How much the metric moves, to first order, when a row turns out to be of the class asked about: ∂value/∂yᵢ at the
   * expectation. Shape (n).
   */
  readonly influence: Float64Array;
}

/** What a metric of one class is computed from, row by row. */
export interface ClassView {
  /** Calibrated probability of the class, shape (n). */
  readonly probability: Float64Array;
  /** Whether the class was predicted, 0 or 1, shape (n). */
  readonly predicted: Uint8Array;
  /** What the model said of the class, before calibration, shape (n): the order that ROC AUC judges. */
  readonly score: Float64Array;
  /** Names the class in messages. */
  readonly name: string;
}

/** A ratio of sums that has no value here. */
export function undefinedScore(reason: string): InvalidInputError {
  return new InvalidInputError('INSUFFICIENT_DATA', reason);
}
