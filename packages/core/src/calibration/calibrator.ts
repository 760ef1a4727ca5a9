import type { JsonObject } from '../types/json.ts';

/** The ways to recalibrate, each in a file of its own. */
export type CalibrationMethod = 'platt' | 'isotonic' | 'temperature' | 'beta';

export const CALIBRATION_METHODS: readonly CalibrationMethod[] = ['platt', 'isotonic', 'temperature', 'beta'];

/** What past predictions said and what came true, row by row. */
export interface CalibrationData {
  /** Whether it came true: the prediction was a hit, or the class asked about was observed. Shape (n). */
  readonly observed: ArrayLike<boolean>;
  /**
   * What the model said of it, shape (n): the confidence of the hit or the probability of the class, in [0, 1]. Platt
   * scaling and isotonic regression take any finite score, such as a margin.
   */
  readonly scores: ArrayLike<number>;
}

export interface CalibrationOptions {
  /** Fewer rows than this are refused; a whole number ≥ 2, default 50. */
  readonly minimumRows?: number;
}

/** A map from what a model says to how often that comes true. Immutable. */
export interface Calibrator {
  readonly method: CalibrationMethod;
  /**
   * The calibrated probability of one score, in [0, 1]; the same score gives the same answer, in every process.
   * @throws {@link InvalidInputError} `NOT_FINITE`; `OUT_OF_RANGE` outside [0, 1] for temperature and beta.
   */
  apply(score: number): number;
  /** All there is to it, with `formatVersion`. `calibratorFromJSON` takes it up bit for bit. */
  toJSON(): JsonObject;
}
