import { InvalidInputError, mean } from '@mlperf/core';
import { atOnce, type SlicedWork } from './sliced-work.ts';

/**
 * How many independent observations have a mean as uncertain as that of this series: for labels that overlap, and
 * errors that come in runs.
 *
 *   n_eff = n · γ₀·(1 − K/n) / (γ₀ + 2·Σ_{k ≤ L} w_k·γ_k),  γ_k = (1/n)·Σ (x_t − x̄)(x_{t+k} − x̄)
 *   w_k = 1 up to the overlap, then 1 − (k − overlap)/(L − overlap + 1),  L = max(2·overlap, m, M), at most n − 1
 *   m = max(⌊4·(n/100)^{2/9}⌋, ⌊min(1.3·√n, n/4)⌋),  M = ⌊1.1447·((S₁/S₀)²·n)^{1/3}⌋, at most 4·m and n/4
 *   S₀ = γ₀ + 2·Σ_{k ≤ m} γ_k,  S₁ = 2·Σ_{k ≤ m} k·γ_k
 *   K = 1 + 2·Σ w_k, at most n/2: each γ_k is too small by about a share 1/n of the sum, x̄ being estimated
 *
 * @param values - In order of time, shape (n), n ≥ 1, finite.
 * @param overlap - How many later observations share a part of an observation's label; whole, ≥ 0. Those count in full,
 * as many beyond with falling weight; without overlap it is Bartlett's kernel. Weak dependence that lasts
 * long, as of features that move slowly, hides from a few lags: 1.3·√n of them at least, more where the series asks for it.
 * @returns in [1, n]; at most n / (overlap + 1) where K > n/2, the series being too short to tell. Never more than n, so
 * that autocorrelation below 0, often an accident, does not make evidence.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n · L) time; inputs are not modified.
 * @see Newey & West (1994), Review of Economic Studies 61:631–653, doi:10.2307/2297912, for M; Lazarus, Lewis,
 * Stock & Watson (2018), Journal of Business & Economic Statistics 36:541–559, for m; Politis & Romano (1995),
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
  const covariance = (lag: number) => {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += deviations[t]! * deviations[t - lag]!;
    return sum;
  };
  const variance = covariance(0);
  if (variance === 0) return n;
  const lags = Math.min(n - 1, Math.max(2 * overlap, yield* bandwidth(n, variance, covariance)));
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

/** The larger of m and M, see {@link effectiveObservations}. */
function* bandwidth(n: number, variance: number, covariance: (lag: number) => number): SlicedWork<number> {
  const pilot = Math.max(Math.floor(4 * (n / 100) ** (2 / 9)), Math.floor(Math.min(1.3 * Math.sqrt(n), n / 4)));
  let longRun = variance;
  let slope = 0;
  for (let lag = 1; lag <= Math.min(pilot, n - 1); lag++) {
    const both = 2 * covariance(lag);
    longRun += both;
    slope += lag * both;
    yield n;
  }
  if (!(longRun > 0)) return pilot;
  const fitting = Math.floor(1.1447 * ((slope / longRun) ** 2 * n) ** (1 / 3));
  return Math.max(pilot, Math.min(fitting, 4 * pilot, Math.floor(n / 4)));
}
