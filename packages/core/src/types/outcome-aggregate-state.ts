/**
 * The sums every windowed figure is made of, as stored. `confusion` is row-major
 * (observed × predicted) over `up, down, flat`; `bins` are ten equal-width confidence bins (a, b].
 * A sum is the pair [high, low] of a compensated double, so that adding and removing is exact to 1e-12.
 */
export interface OutcomeAggregateState {
  readonly formatVersion: 1;
  readonly count: number;
  readonly correct: number;
  readonly confusion: readonly number[];
  readonly confidenceSum: readonly [number, number];
  readonly binCounts: readonly number[];
  readonly binCorrect: readonly number[];
  readonly binConfidenceSums: readonly (readonly [number, number])[];
  /** Outcomes with a net return, their sum and sum of squares. */
  readonly returnCount: number;
  readonly returnSum: readonly [number, number];
  readonly returnSquareSum: readonly [number, number];
  /**
   * Outcomes whose confidence was scored, and their sums of log loss, of confidence² and of confidence over the hits.
   * All four are absent in a state written before they were kept: then none of its outcomes was scored.
   */
  readonly scoredCount?: number;
  readonly logLossSum?: readonly [number, number];
  readonly confidenceSquareSum?: readonly [number, number];
  readonly hitConfidenceSum?: readonly [number, number];
  /** Outcomes with a predicted price, and their sums of |error|, error² and |error| / price. Absent as above. */
  readonly pricedCount?: number;
  readonly absoluteErrorSum?: readonly [number, number];
  readonly squaredErrorSum?: readonly [number, number];
  readonly percentageErrorSum?: readonly [number, number];
}
