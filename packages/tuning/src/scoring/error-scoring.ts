import { meanAbsoluteError, rootMeanSquaredError } from '@mlperf/core';
import type { ScoringMetric } from './scoring-metric.ts';

/**
 * Root mean squared error of a regression, in the unit of the targets. Range [0, ∞), best 0. A row scores −(error²).
 */
export const rootMeanSquaredErrorScoring: ScoringMetric = {
  name: 'root_mean_squared_error',
  direction: 'minimize',
  score: (yTrue, predicted, classes) => (classes.length > 0 ? undefined : rootMeanSquaredError(yTrue, predicted)),
  rowScores: (yTrue, predicted) => yTrue.map((value, row) => -((value - predicted[row]!) ** 2)),
};

/** Mean absolute error of a regression, in the unit of the targets. Range [0, ∞), best 0. A row scores −|error|. */
export const meanAbsoluteErrorScoring: ScoringMetric = {
  name: 'mean_absolute_error',
  direction: 'minimize',
  score: (yTrue, predicted, classes) => (classes.length > 0 ? undefined : meanAbsoluteError(yTrue, predicted)),
  rowScores: (yTrue, predicted) => yTrue.map((value, row) => -Math.abs(value - predicted[row]!)),
};
