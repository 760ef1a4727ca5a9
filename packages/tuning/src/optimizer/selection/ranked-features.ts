import type { JsonObject, ModelFamily } from '@mlperf/core';
import type { Splitter } from '../../cross-validation/splitter.ts';
import type { ScoringMetric } from '../../scoring/scoring-metric.ts';
import type { FeatureScore } from '../feature-scores/feature-score.ts';

/** What methods that train models need. */
export interface SelectionModels {
  readonly family: ModelFamily;
  readonly hyperparameters: JsonObject;
  readonly metric: ScoringMetric;
  readonly splitter: Splitter;
  readonly seed: string;
}

/** Features by what they are worth, best first. */
export interface RankedFeatures {
  /** Columns, the best first. */
  readonly order: readonly number[];
  /** Per column, in the order of the data; the score's unit is the method's. */
  readonly scores: readonly FeatureScore[];
}

/** Columns by score, best first; absent ones last, of equal ones the first. */
export function rankOf(scores: readonly (number | undefined)[]): readonly number[] {
  const worth = scores.map((score) => score ?? Number.NEGATIVE_INFINITY);
  return worth
    .map((_, column) => column)
    .sort((a, b) => (worth[a]! < worth[b]! ? 1 : worth[a]! > worth[b]! ? -1 : a - b));
}
