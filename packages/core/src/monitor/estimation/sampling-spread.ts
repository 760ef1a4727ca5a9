/**
 * How a metric scatters from row to row of the reference, and which share of the rows bears on it. NannyML's sampling
 * error for n rows is √(variance / (n · share)).
 */
export interface SamplingSpread {
  /** Of the rows that bear on the metric, dividing by their number. */
  readonly variance: number;
  /** In [0, 1]; 0 when no row of the reference bears on it. */
  readonly share: number;
}
