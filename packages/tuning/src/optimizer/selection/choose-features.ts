import { type Dataset, InvalidInputError } from '@mlperf/core';
import { anovaFScores } from '../feature-scores/anova-f.ts';
import { chiSquareScores } from '../feature-scores/chi-square.ts';
import type { FeatureScoring } from '../feature-scores/feature-score.ts';
import { mutualInformationScores } from '../feature-scores/mutual-information.ts';
import { regressionFScores } from '../feature-scores/regression-f.ts';
import { rankByPermutation } from './rank-by-permutation.ts';
import { type RankedFeatures, rankOf, type SelectionModels } from './ranked-features.ts';
import { eliminateRecursively } from './recursive-elimination.ts';

/**
 * How features are chosen. One by one, by what each tells of the target: `f-test`, `mutual-information`, `chi-square`. By a
 * model: `permutation`, what it loses without them on later rows; `recursive-elimination`, dropping what it uses least.
 */
export type SelectionMethod = 'f-test' | 'mutual-information' | 'chi-square' | 'permutation' | 'recursive-elimination';

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` for an unknown method; what scores and fits throw. */
export async function rankFeatures(
  data: Dataset,
  method: SelectionMethod,
  models: SelectionModels,
  keep: number,
  signal: AbortSignal,
): Promise<RankedFeatures> {
  switch (method) {
    case 'f-test':
      return byScores(data, data.classes === undefined ? regressionFScores : anovaFScores);
    case 'mutual-information':
      return byScores(data, (rows) => mutualInformationScores(rows, { seed: models.seed }));
    case 'chi-square':
      return byScores(data, chiSquareScores);
    case 'permutation':
      return rankByPermutation(data, models, signal);
    case 'recursive-elimination':
      return eliminateRecursively(data, models, keep, signal);
    default:
      throw new InvalidInputError('OUT_OF_RANGE', `method must be a known one; got '${String(method)}'`);
  }
}

function byScores(data: Dataset, scoring: FeatureScoring): RankedFeatures {
  const scores = scoring(data);
  return { order: rankOf(scores.map(({ score }) => score)), scores };
}
