/** The largest number of bins a column can have: bins are bytes. */
export const MAX_BINS = 256;

/** Values that decide the thresholds of a column; of more, that many are drawn. */
export const THRESHOLD_ROWS = 200_000;

/** How the values of one column fall into bins: bin b holds thresholds[b − 1] < x ≤ thresholds[b]. */
export interface ColumnThresholds {
  /** Ascending; one less than the bins. */
  readonly thresholds: Float64Array;
  /** Whether no bin holds two different values, so that a split by bins is a split by values. */
  readonly exact: boolean;
}

/**
 * Thresholds that cut sorted values into at most `maxBins` bins of about equally many values.
 *
 *   up to maxBins distinct values: one bin each
 *   more: from the left, a bin is closed once it holds at least (values left) / (bins left); equal values share a bin
 *
 * Each threshold is the middle of the two neighbouring values it parts, a/2 + b/2, or a where rounding gives b: so
 * `x ≤ threshold` tells the two apart, and a tree made of bins predicts from raw values. −0 counts as 0.
 *
 * @param sorted - Ascending, finite.
 * @param maxBins - At least 1.
 * @remarks O(n). Rows count, not their weights.
 * @example quantileThresholds(Float64Array.of(1, 1, 2, 4), 8).thresholds; // Float64Array [1.5, 3]
 */
export function quantileThresholds(sorted: Float64Array, maxBins: number): ColumnThresholds {
  const exact = distinctUpTo(sorted, maxBins + 1) <= maxBins;
  const thresholds: number[] = [];
  let start = 0;
  let target = sorted.length / maxBins;
  for (let i = 1; i < sorted.length; i++) {
    const below = sorted[i - 1]!;
    const above = sorted[i]!;
    if (below === above) continue;
    if (!exact) {
      if (i - start < target) continue;
      const binsLeft = maxBins - thresholds.length - 1;
      if (binsLeft === 0) break;
      target = (sorted.length - i) / binsLeft;
    }
    thresholds.push(between(below, above));
    start = i;
  }
  return { thresholds: Float64Array.from(thresholds), exact };
}

function distinctUpTo(sorted: Float64Array, limit: number): number {
  let distinct = sorted.length === 0 ? 0 : 1;
  for (let i = 1; i < sorted.length && distinct < limit; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}

/** A number t with below ≤ t < above: the middle, unless rounding moves it onto `above`. */
export function between(below: number, above: number): number {
  const middle = below / 2 + above / 2;
  return middle < above && middle >= below ? middle : below;
}
