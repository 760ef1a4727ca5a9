/** A dense table of numbers, row-major: value of row r and column c is `values[r * columns + c]`. */
export interface Matrix {
  /** May lie on a `SharedArrayBuffer`; length rows × columns. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Rows in time order, per group, with what each label is and when it became known. */
export interface Dataset {
  readonly features: Matrix;
  /** Present when features may hold NaN, which stands for a missing value; else all are finite. */
  readonly missingValues?: 'allowed';
  /** One name per column. */
  readonly featureNames: readonly string[];
  /** Classification: index into `classes`. Regression: the value. Length rows. */
  readonly targets: Float64Array;
  /** Class labels; absent for a regression. */
  readonly classes?: readonly string[];
  /** When the row's features were known, epoch milliseconds, ascending. */
  readonly timestamps: Float64Array;
  /** When the row's label became known, ≥ its timestamp: what purging needs. */
  readonly labelEndsAt: Float64Array;
  /** Index into `groupNames` (symbols); absent when all rows are one series. */
  readonly groups?: Int32Array;
  readonly groupNames?: readonly string[];
  /**
   * The place of each row in its own series (group) in the data set it was selected from, ascending within the group:
   * rows at p and p + 1 follow each other, anything else is a gap. Absent: the row's number within its group.
   */
  readonly positions?: Int32Array;
  /** Price each row's label is measured against. */
  readonly prices?: Float64Array;
  /** Simple return from the row's timestamp to its label's end: what a gate judges after costs. */
  readonly returns?: Float64Array;
  /** Sample weights ≥ 0. */
  readonly weights?: Float64Array;
}
