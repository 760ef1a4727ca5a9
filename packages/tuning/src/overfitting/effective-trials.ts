import { mean } from '@mlperf/core';
import { requireSearch, requireSeries } from './require-series.ts';
import { atOnce, type SlicedWork } from './sliced-work.ts';

/** How many trials a search was worth. */
export interface EffectiveTrials {
  /** Independent trials with as large a maximum, about; in [1, tried]. */
  readonly count: number;
  /** Mean correlation of pairs of trials, cut at 0; 0 with fewer than two that vary. */
  readonly meanCorrelation: number;
}

/**
 * Effective number of trials: many near copies of one model are not many tries.
 *
 *   N = ρ̄ + (1 − ρ̄) · M,  ρ̄ = max(0, mean correlation of the pairs)
 *
 * @param differences - Per trial that has rows, its score differences, shape (n) each, finite.
 * @param tried - M: all trials, those without rows (pruned, failed) too.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(trials · n) time: the sum of all correlations is the squared length of the sum of standardised series.
 * Trials that do not vary are counted but have no correlation. Clusters make N too large, which errs towards caution.
 * @see Bailey & López de Prado (2014), Journal of Portfolio Management 40(5):94–107, appendix 3, doi:10.3905/jpm.2014.40.5.094
 * @example effectiveTrials([a, a, a], 3); // { count: 1, meanCorrelation: 1 }
 */
export function effectiveTrials(differences: readonly ArrayLike<number>[], tried: number): EffectiveTrials {
  atOnce(requireSeries(differences, 'differences'));
  requireSearch(differences.length, 0, tried);
  const { count, meanCorrelation } = atOnce(trialMoments(differences, tried));
  return { count, meanCorrelation };
}

/** What the trials of a search have in common. */
export interface TrialMoments extends EffectiveTrials {
  /** Of each trial's differences. */
  readonly means: Float64Array;
}

/** {@link effectiveTrials} of series that were checked, with the means it takes. */
export function* trialMoments(differences: readonly ArrayLike<number>[], tried: number): SlicedWork<TrialMoments> {
  const means = new Float64Array(differences.length);
  const total = new Float64Array(differences[0]!.length);
  let varying = 0;
  for (const [trial, series] of differences.entries()) {
    const centre = mean(series);
    means[trial] = centre;
    yield 3 * series.length;
    let squares = 0;
    let largest = Math.abs(centre);
    for (let i = 0; i < series.length; i++) {
      squares += (series[i]! - centre) ** 2;
      largest = Math.max(largest, Math.abs(series[i]!));
    }
    const length = Math.sqrt(squares);
    // What is left of a constant after rounding is no correlation.
    if (!(length > 1e-12 * largest * Math.sqrt(series.length))) continue;
    varying++;
    for (let i = 0; i < series.length; i++) total[i]! += (series[i]! - centre) / length;
  }
  if (varying < 2) return { count: tried, meanCorrelation: 0, means };
  const sum = total.reduce((squares, value) => squares + value * value, 0);
  const meanCorrelation = Math.min(1, Math.max(0, (sum - varying) / (varying * (varying - 1))));
  return { count: meanCorrelation + (1 - meanCorrelation) * tried, meanCorrelation, means };
}
