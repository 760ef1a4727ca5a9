/** Kernels of one range: those of the observations in their order, then the prior. */
export interface NumericKernels {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** Kernels with the same number have the same mean and deviation: what is computed for one holds for all of them. */
  readonly alike: Uint32Array;
  /** How many numbers there are; 0, 1, 2 … */
  readonly different: number;
}

/**
 * Means and deviations of the kernels on one range.
 *
 *   σᵢ = max(distance to the next lower, to the next higher observation), of the outermost the distance inwards,
 *        of a single one the larger distance to an end;
 *   clipped to [range / min(100, 1 + kernels), range], kernels = observations + 1
 *   prior: mean at the middle, σ = range
 *
 * Equal observations are neighbours at distance 0, in their order.
 *
 * @param observations - On the kernels' scale, in [low, high], shape (n).
 * @remarks O(n log n).
 * @see Optuna 5.0.0, `_ParzenEstimator`
 */
export function numericKernels(observations: Float64Array, low: number, high: number): NumericKernels {
  const n = observations.length;
  const range = high - low;
  const least = range / Math.min(100, 1 + (n + 1));
  const sorted = observations.slice().sort();
  const sortedDeviations = new Float64Array(n);
  const sortedAlike = new Uint32Array(n);
  let different = 0;
  for (let rank = 0; rank < n; rank++) {
    const here = sorted[rank]!;
    const below = here - (sorted[rank - 1] ?? low);
    const above = (sorted[rank + 1] ?? high) - here;
    const outermost = n >= 2 && (rank === 0 || rank === n - 1);
    const distance = outermost ? (rank === 0 ? above : below) : Math.max(below, above);
    sortedDeviations[rank] = Math.min(Math.max(distance, least), range);
    const same = rank > 0 && here === sorted[rank - 1] && sortedDeviations[rank] === sortedDeviations[rank - 1];
    sortedAlike[rank] = same ? different - 1 : different++;
  }
  const means = new Float64Array(n + 1);
  const deviations = new Float64Array(n + 1);
  const alike = new Uint32Array(n + 1);
  means.set(observations);
  means[n] = 0.5 * (low + high);
  deviations[n] = range;
  alike[n] = different++;
  const taken = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const first = lowerBound(sorted, observations[i]!);
    const rank = first + taken[first]!++;
    deviations[i] = sortedDeviations[rank]!;
    alike[i] = sortedAlike[rank]!;
  }
  return { means, deviations, alike, different };
}

/** Index of the first element that is not below the value. */
function lowerBound(sorted: Float64Array, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
