import { initialDistribution, type SearchDistribution } from './search-distribution.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A point known before the search, the best first. */
export interface KnownSolution {
  readonly x: Float64Array;
  readonly weight: number;
}

/** Share of the known solutions that are promising. */
const PROMISING = 0.1;
/** Standard deviation around each of them. */
const AROUND = 0.1;

/**
 * A distribution around the best tenth of what is known already: their mean, and their covariance plus 0.1²·I; its
 * determinant is the step size, the rest the shape. A solution of weight w counts w times.
 *
 *   Σ = α²·I + cov,   σ = |Σ|^(1/2d),   C = Σ / σ²
 *
 * @param solutions - The best first, in the unit cube, n ≥ 1; of fewer than ten the best one.
 * @see Nomura, Watanabe, Akimoto, Ozaki & Onishi (2021), Warm Starting CMA-ES, AAAI 35, arXiv 2012.06932
 */
export function warmStartDistribution(solutions: readonly KnownSolution[]): SearchDistribution {
  const best = solutions.slice(0, Math.max(1, Math.floor(PROMISING * solutions.length)));
  const d = best[0]!.x.length;
  const total = best.reduce((sum, { weight }) => sum + weight, 0);
  const mean = new Float64Array(d);
  for (const { x, weight } of best) for (let a = 0; a < d; a++) mean[a] = mean[a]! + (weight / total) * x[a]!;
  const spread = new Float64Array(d * d);
  for (let a = 0; a < d; a++) spread[a * d + a] = AROUND ** 2;
  for (const { x, weight } of best) {
    for (let a = 0; a < d; a++) {
      for (let b = 0; b < d; b++) {
        spread[a * d + b] = spread[a * d + b]! + (weight / total) * (x[a]! - mean[a]!) * (x[b]! - mean[b]!);
      }
    }
  }
  const logDeterminant = symmetricEigen(spread, d).values.reduce((sum, value) => sum + Math.log(value), 0);
  const stepSize = Math.exp(logDeterminant / (2 * d));
  return initialDistribution(
    mean,
    stepSize,
    spread.map((value) => value / (stepSize * stepSize)),
  );
}
