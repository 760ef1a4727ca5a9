import type { Dataset, JsonObject } from '@mlperf/core';

/** A step before a model, not fitted yet: it learns from training rows and nothing else. */
export interface PreprocessingStep {
  /** What a family asks of its data and this step sees to, for all columns it is given. Absent: nothing. */
  readonly meets?: 'missing-values' | 'scaling';
  /**
   * @param train - Missing values are left out of what is learned.
   * @param signal - Looked at every few milliseconds.
   * @throws `ABORTED`; `INSUFFICIENT_DATA` for a column without any value; `NOT_FOUND` for a named column that is not there.
   */
  fit(train: Dataset, signal?: AbortSignal): FittedStep;
}

/** What a step learned; it never changes. */
export interface FittedStep {
  /** The columns it takes, in order. */
  readonly inputNames: readonly string[];
  /** The columns it makes, in order. */
  readonly featureNames: readonly string[];
  /** For each column made, the column taken that it comes from. */
  readonly sources: Int32Array;
  /** Whether no column made is ever missing. */
  readonly completes: boolean;
  /**
   * Missing values stay missing unless the step fills them. Makes no objects or arrays.
   * @param values - Shape (rows × inputs), row-major; not modified.
   * @param out - Written, shape (rows × outputs), row-major; not `values`. May be longer.
   * @param firstRow - Number of the first row in messages; default 0.
   * @throws `OUT_OF_RANGE` for a category not seen in training, where the step refuses those.
   */
  transformInto(values: Float64Array, rows: number, out: Float64Array, firstRow?: number): void;
  /** Plain data with `kind` and `formatVersion`; `restorePipeline` reads a list of them. */
  toJSON(): JsonObject;
}

/** The columns a step works on; the others pass through unchanged. */
export interface ColumnChoice {
  /** Names of features; default all. */
  readonly columns?: readonly string[];
}
