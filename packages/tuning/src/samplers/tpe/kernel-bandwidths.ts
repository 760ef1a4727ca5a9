/** Kernels of one range: those of the observations in their order, then the prior. */
export interface NumericKernels {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** Kernels with the same number have the same mean and deviation: what is computed for one holds for all of them. */
  readonly alike: Uint32Array;
  /** How many numbers there are; 0, 1, 2 … */
  readonly different: number;
  /** One kernel of each number, shape (different) and spare room. */
  readonly examples: Uint32Array;
  /** The deviation that most kernels of a long study have: the smallest allowed. */
  readonly least: number;
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
 * @param order - Indices of the observations by ascending value, ties in their order.
 * @remarks O(n).
 * @see Optuna 5.0.0, `_ParzenEstimator`
 */
export function numericKernels(
  observations: Float64Array,
  order: Uint32Array,
  low: number,
  high: number,
): NumericKernels {
  const n = observations.length;
  const range = high - low;
  const least = range / Math.min(100, 1 + (n + 1));
  const means = new Float64Array(n + 1);
  const deviations = new Float64Array(n + 1);
  const alike = new Uint32Array(n + 1);
  means.set(observations);
  means[n] = 0.5 * (low + high);
  deviations[n] = range;
  const examples = new Uint32Array(n + 1);
  let different = 0;
  let before = low;
  let deviationBefore = Number.NaN;
  for (let rank = 0; rank < n; rank++) {
    const i = order[rank]!;
    const here = observations[i]!;
    // Not read beyond the end: that would make every read of the loop a slow one.
    const after = rank === n - 1 ? high : observations[order[rank + 1]!]!;
    const outermost = n >= 2 && (rank === 0 || rank === n - 1);
    const inwards = rank === 0 ? after - here : here - before;
    const distance = outermost ? inwards : Math.max(here - before, after - here);
    const deviation = Math.min(Math.max(distance, least), range);
    const same = rank > 0 && here === before && deviation === deviationBefore;
    deviations[i] = deviation;
    if (!same) examples[different++] = i;
    alike[i] = different - 1;
    before = here;
    deviationBefore = deviation;
  }
  alike[n] = different;
  examples[different++] = n;
  return { means, deviations, alike, different, examples, least };
}
