import { InvalidInputError, mean, type OptimizationDirection, requireFinite, sampleVariance } from '@mlperf/core';

/** A complete trial, as the one-standard-error rule sees it. */
export interface RatedTrial {
  /** One per fold, at least 1, finite. */
  readonly foldScores: ArrayLike<number>;
  /** What is preferred small: trees, depth, parameters, or a latency; finite. */
  readonly complexity: number;
}

/**
 * One-standard-error rule: the simplest trial that is not worse than the best by more than the best's standard error.
 *
 *   candidates: mean ≥ best mean − s/√k (maximize; minimize: mean ≤ best mean + s/√k),  s sample deviation over k folds
 *
 * Of the candidates the least complex; of equally complex ones the better, of equals the earlier.
 *
 * @returns The place of the chosen trial in `trials`: that of the best when it has one fold only.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(trials · folds). Folds share training rows, so s/√k is a convention rather than an error.
 * @see Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 3.4.3; Hastie, Tibshirani &
 * Friedman (2009), The Elements of Statistical Learning, section 7.10
 * @example
 * oneStandardErrorChoice([{ foldScores: [0.7, 0.8], complexity: 500 }, { foldScores: [0.69, 0.75], complexity: 50 }],
 *   'maximize'); // 1: 0.72 ≥ 0.75 − 0.0707/√2
 */
export function oneStandardErrorChoice(trials: readonly RatedTrial[], direction: OptimizationDirection): number {
  if (trials.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'trials must be at least 1; got 0');
  const sign = direction === 'maximize' ? 1 : -1;
  const goodness = trials.map(({ foldScores, complexity }, i) => {
    requireFinite(foldScores, `trials[${i}].foldScores`);
    requireFinite([complexity], `trials[${i}].complexity`);
    return sign * mean(foldScores);
  });
  const best = goodness.reduce((place, value, i) => (value > goodness[place]! ? i : place), 0);
  const { foldScores } = trials[best]!;
  const error = Math.sqrt((sampleVariance(foldScores) ?? 0) / foldScores.length);
  let chosen = best;
  goodness.forEach((value, i) => {
    if (value < goodness[best]! - error) return;
    const simpler = trials[i]!.complexity - trials[chosen]!.complexity;
    if (simpler < 0 || (simpler === 0 && value > goodness[chosen]!)) chosen = i;
  });
  return chosen;
}
