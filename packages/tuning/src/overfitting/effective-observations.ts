import { InvalidInputError, mean } from '@mlperf/core';

/**
 * How many independent observations have a mean as uncertain as that of this series: for labels that overlap, and
 * errors that come in runs.
 *
 *   n_eff = n · γ₀ / (γ₀ + 2·Σ_{k ≤ L} (1 − k/(L + 1))·γ_k),  γ_k = (1/n)·Σ (x_t − x̄)(x_{t+k} − x̄)
 *   L = max(2·overlap, ⌊4·(n/100)^{2/9}⌋), at most n − 1 (Bartlett's kernel, Newey and West)
 *
 * @param values - In order of time, shape (n), n ≥ 1, finite.
 * @param overlap - How many later observations share a part of an observation's label; whole, ≥ 0. Twice as many lags
 * are looked at, because the kernel halves the weight of those in the middle.
 * @returns in [1, n]: never more than n, so that autocorrelation below 0, often an accident, does not make evidence.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n · L) time; inputs are not modified.
 * @see Newey & West (1987), Econometrica 55:703–708, doi:10.2307/1913610; (1994), Review of Economic Studies 61:631–653
 * @example effectiveObservations(differences, 4); // rows every hour whose labels last five
 */
export function effectiveObservations(values: ArrayLike<number>, overlap: number): number {
  if (!Number.isSafeInteger(overlap) || overlap < 0) {
    throw new InvalidInputError('OUT_OF_RANGE', `overlap must be a whole number of at least 0; got ${overlap}`);
  }
  const centre = mean(values);
  const n = values.length;
  const deviations = Float64Array.from(values, (value) => value - centre);
  const lags = Math.min(n - 1, Math.max(2 * overlap, Math.floor(4 * (n / 100) ** (2 / 9))));
  const covariance = (lag: number) => {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += deviations[t]! * deviations[t - lag]!;
    return sum;
  };
  const variance = covariance(0);
  if (variance === 0) return n;
  let longRun = variance;
  for (let lag = 1; lag <= lags; lag++) longRun += 2 * (1 - lag / (lags + 1)) * covariance(lag);
  return Math.max(1, n / Math.max(1, longRun / variance));
}
