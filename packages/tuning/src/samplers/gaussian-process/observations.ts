/** What a Gaussian process is conditioned on. */
export interface Observations {
  /** Rows one after the other, shape (n · d). */
  readonly rows: Float64Array;
  /** Shape (n). */
  readonly values: Float64Array;
  /** By what the noise of each is multiplied, shape (n): 1/weight. */
  readonly noiseFactors: Float64Array;
  /** 1 for a coordinate that is a category, shape (d). */
  readonly categories: Uint8Array;
}
