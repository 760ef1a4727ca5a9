import type { OptimizationDirection } from '@mlperf/core';

/** What a trial is scored by, fold after fold. The host's own metrics implement it too. */
export interface ScoringMetric {
  /** Stored with a study: trials scored under two names are never compared. */
  readonly name: string;
  readonly direction: OptimizationDirection;
  /**
   * @param yTrue - Observed class indices (regression: values), shape (n), n ≥ 1.
   * @param probabilities - Predicted, shape (n × classes), row-major, rows sum to 1 (regression: values, n × 1).
   * @param classes - Labels in the order of the columns; empty for a regression.
   * @returns a finite score, or `undefined` where it has no value: then the trial fails.
   */
  score(yTrue: Float64Array, probabilities: Float64Array, classes: readonly string[]): number | undefined;
  /**
   * One score per row, larger is better whatever the direction, whose mean orders trials as `score` does on the same
   * rows. What a best score is worth is judged by them; without, by a substitute that the study report names.
   *
   * @returns finite values, shape (n).
   */
  rowScores?(yTrue: Float64Array, probabilities: Float64Array, classes: readonly string[]): Float64Array;
}
