import { InvalidInputError } from '@mlperf/core';
import { accuracyScoring } from './accuracy-scoring.ts';
import { meanAbsoluteErrorScoring, rootMeanSquaredErrorScoring } from './error-scoring.ts';
import { f1Scoring, macroF1Scoring } from './f1-scoring.ts';
import { logLossScoring } from './log-loss-scoring.ts';
import type { ScoringMetric } from './scoring-metric.ts';

const WITHOUT_CLASS = [accuracyScoring, macroF1Scoring, logLossScoring];
const OF_VALUES = [rootMeanSquaredErrorScoring, meanAbsoluteErrorScoring];
const OF_CLASS = 'f1_score:';

/**
 * The metric of this library with a name, as a configuration gives it.
 * @param name - `accuracy`, `f1_macro`, `log_loss` or `f1_score:<class>` for classes, `root_mean_squared_error` or
 * `mean_absolute_error` for a regression.
 * @param task - What the metric must be for; default: either.
 * @throws {@link InvalidInputError} `INVALID_CONFIG` for any other, naming those there are.
 * @example scoringByName('f1_score:up').name; // 'f1_score:up'
 */
export function scoringByName(name: string, task?: 'classification' | 'regression'): ScoringMetric {
  const known = [...(task === 'regression' ? [] : WITHOUT_CLASS), ...(task === 'classification' ? [] : OF_VALUES)].find(
    (metric) => metric.name === name,
  );
  if (known !== undefined) return known;
  if (task !== 'regression' && name.startsWith(OF_CLASS) && name.length > OF_CLASS.length)
    return f1Scoring(name.slice(OF_CLASS.length));
  const names = [
    ...(task === 'regression' ? [] : [...WITHOUT_CLASS.map((metric) => metric.name), `${OF_CLASS}<class>`]),
    ...(task === 'classification' ? [] : OF_VALUES.map((metric) => metric.name)),
  ];
  throw new InvalidInputError(
    'INVALID_CONFIG',
    `ml.hyperparameterTuning.metric must be one of ${names.join(', ')}, or the tuner be given a metric; got '${name}'`,
  );
}
