import { requireFinite } from '../../numeric/require-finite.ts';
import { type BinOptions, countByBin, referenceBinEdges } from './reference-bins.ts';
import { requirePairedCounts } from './require-paired-counts.ts';
import { DEFAULT_ZERO_RULE, positiveShares, requireZeroRule, type ZeroRule } from './zero-rule.ts';

export interface PopulationStabilityOptions extends BinOptions {
  /** What an empty bin counts as. Default: half a count in every bin. */
  readonly zeroRule?: ZeroRule;
}

/**
 * Population stability index (PSI) of a numeric feature: the symmetrised Kullback–Leibler divergence of two histograms.
 *
 *   PSI = Σ_bins (cᵢ − rᵢ) · ln(cᵢ / rᵢ),   r, c: shares of the reference and of the current sample
 *
 * @param reference - Sample the bins are cut from, shape (n), n ≥ 1, finite, any order.
 * @param current - Sample compared with it, shape (m), m ≥ 1, finite.
 * @returns PSI in nats; range [0, ∞), 0 for equal shares. Usual reading: below 0.1 stable, above 0.25 a large shift.
 * Without any shift its mean is about (bins − 1) · (1/n + 1/m): small samples look drifted.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` | `INVALID_TYPE`.
 * @remarks O(n log n + m log bins); inputs are not modified.
 * @see Siddiqi (2006), Credit Risk Scorecards, Wiley; Yurdakul (2018), Statistical Properties of PSI, Western Michigan
 * University (its distribution without shift)
 * @example
 * // bins (−∞, 2.5] and (2.5, ∞): shares 1/2, 1/2 against 1/4, 3/4
 * populationStabilityIndex([1, 2, 3, 4], [2, 3, 4, 5], { bins: 2, zeroRule: { rule: 'floor', share: 1e-4 } });
 * // −1/4 · ln(1/2) + 1/4 · ln(3/2) = 0.2746530721670274
 */
export function populationStabilityIndex(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  options: PopulationStabilityOptions = {},
): number {
  requireFinite(reference, 'reference');
  requireFinite(current, 'current');
  const edges = referenceBinEdges(Float64Array.from(reference).sort(), options);
  return populationStabilityIndexOf(countByBin(reference, edges), countByBin(current, edges), options.zeroRule);
}

/**
 * {@link populationStabilityIndex} of counts in common bins or categories.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` | `INVALID_TYPE`.
 */
export function populationStabilityIndexOf(
  referenceCounts: ArrayLike<number>,
  currentCounts: ArrayLike<number>,
  zeroRule: ZeroRule = DEFAULT_ZERO_RULE,
): number {
  requireZeroRule(zeroRule);
  const totals = requirePairedCounts(referenceCounts, currentCounts);
  const reference = positiveShares(referenceCounts, totals.reference, zeroRule);
  const current = positiveShares(currentCounts, totals.current, zeroRule);
  let sum = 0;
  for (let i = 0; i < reference.length; i++)
    sum += (current[i]! - reference[i]!) * Math.log(current[i]! / reference[i]!);
  return sum;
}
