import { InvalidInputError, mean } from '@mlperf/core';
import { atOnce, type SlicedWork } from './sliced-work.ts';

/**
 * How many independent observations have a mean as uncertain as that of this series: for labels that overlap, and
 * errors that come in runs.
 *
 *   n_eff = n · γ₀·(1 − K/n) / (γ₀ + 2·Σ_{k ≤ L} w_k·γ_k),  γ_k = (1/n)·Σ (x_t − x̄)(x_{t+k} − x̄)
 *   w_k = 1 up to the overlap, then 1 − (k − overlap)/(L − overlap + 1),  L = max(2·overlap, ⌊4·(n/100)^{2/9}⌋), at most n − 1
 *   K = 1 + 2·Σ w_k, at most n/2: each γ_k is too small by about a share 1/n of the sum, x̄ being estimated
 *
 * @param values - In order of time, shape (n), n ≥ 1, finite.
 * @param overlap - How many later observations share a part of an observation's label; whole, ≥ 0. Those count in full,
 * as many beyond with falling weight; without overlap it is Bartlett's kernel.
 * @returns in [1, n]; at most n / (overlap + 1) where K > n/2, the series being too short to tell. Never more than n, so
 * that autocorrelation below 0, often an accident, does not make evidence.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n · L) time; inputs are not modified.
 * @see Newey & West (1994), Review of Economic Studies 61:631–653, doi:10.2307/2297912, for L; Politis & Romano (1995),
 * Journal of Time Series Analysis 16:67–103, for kernels with a flat top
 * @example effectiveObservations(differences, 4); // rows every hour whose labels last five
 */
export function effectiveObservations(values: ArrayLike<number>, overlap: number): number {
  return atOnce(countObservations(values, overlap));
}

/** {@link effectiveObservations}, lag by lag. */
export function* countObservations(values: ArrayLike<number>, overlap: number): SlicedWork<number> {
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
  let kernel = 1;
  for (let lag = 1; lag <= lags; lag++) {
    const weight = lag <= overlap ? 1 : 1 - (lag - overlap) / (lags - overlap + 1);
    longRun += 2 * weight * covariance(lag);
    kernel += 2 * weight;
    yield n;
  }
  const ratio = longRun / variance / (1 - Math.min(kernel / n, 0.5));
  const most = kernel > n / 2 ? n / (overlap + 1) : n;
  return Math.max(1, Math.min(most, n / Math.max(1, ratio)));
}
