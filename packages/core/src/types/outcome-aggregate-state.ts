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
}
