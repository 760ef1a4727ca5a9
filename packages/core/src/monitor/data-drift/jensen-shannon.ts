import { InvalidInputError } from '../../errors.ts';
import { requirePairedCounts } from './require-paired-counts.ts';

export interface JensenShannonOptions {
  /** Base of the logarithm, > 1. Default 2: the range is then [0, 1]. */
  readonly base?: number;
}

/**
 * Jensen–Shannon divergence of two histograms: their mean Kullback–Leibler divergence from their average.
 *
 *   JSD = ½ Σ rᵢ log(rᵢ/mᵢ) + ½ Σ cᵢ log(cᵢ/mᵢ),   mᵢ = (rᵢ + cᵢ)/2,   0 · log 0 = 0
 *
 * @param referenceCounts - Values per bin or category, shape (k), ≥ 0, not all 0.
 * @param currentCounts - The same bins, shape (k).
 * @returns The divergence; range [0, log_base 2]: [0, 1] in base 2, [0, 0.6931] in base e. Needs no rule for zeros.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(k); inputs are not modified.
 * @see Lin (1991), IEEE Transactions on Information Theory 37:145–151, doi:10.1109/18.61115
 * @example jensenShannonDivergence([1, 0], [0, 1]); // 1: nothing in common
 */
export function jensenShannonDivergence(
  referenceCounts: ArrayLike<number>,
  currentCounts: ArrayLike<number>,
  { base = 2 }: JensenShannonOptions = {},
): number {
  if (!Number.isFinite(base)) throw new InvalidInputError('NOT_FINITE', `base must be finite; got ${base}`);
  if (base <= 1) throw new InvalidInputError('OUT_OF_RANGE', `base must be > 1; got ${base}`);
  const totals = requirePairedCounts(referenceCounts, currentCounts);
  let sum = 0;
  for (let i = 0; i < referenceCounts.length; i++) {
    const r = referenceCounts[i]! / totals.reference;
    const c = currentCounts[i]! / totals.current;
    const m = (r + c) / 2;
    if (r > 0) sum += r * Math.log(r / m);
    if (c > 0) sum += c * Math.log(c / m);
  }
  // Equal shares may leave a rounding below zero, of which no square root exists.
  return Math.max(0, sum / 2 / Math.log(base));
}

/**
 * Jensen–Shannon distance: the square root of {@link jensenShannonDivergence}, and a metric.
 * @returns range [0, √(log_base 2)]: [0, 1] in base 2.
 * @see Endres & Schindelin (2003), IEEE Transactions on Information Theory 49:1858–1860, doi:10.1109/TIT.2003.813506
 * @example jensenShannonDistance([1, 0], [1, 0]); // 0
 */
export function jensenShannonDistance(
  referenceCounts: ArrayLike<number>,
  currentCounts: ArrayLike<number>,
  options: JensenShannonOptions = {},
): number {
  return Math.sqrt(jensenShannonDivergence(referenceCounts, currentCounts, options));
}
