/** What a Gaussian process is conditioned on. */
export interface Observations {
  /** Rows one after the other, shape (n · d). */
  readonly rows: Float64Array;
  /** Shape (n). */
  readonly values: Float64Array;
  /** Noise of each beside what all have, in units of the kernel's variance, shape (n), ≥ 0: 1/weight − 1. */
  readonly addedNoise: Float64Array;
  /** 1 for a coordinate that is a category, shape (d). */
  readonly categories: Uint8Array;
}
