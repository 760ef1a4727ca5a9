import { MlperfError } from '@mlperf/core';
import { mostProbableClass } from '../scoring/most-probable-class.ts';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';

/** How single rows are scored, larger is better: by the metric itself, or by what stands in for it. */
export interface RowScoring {
  readonly name: string;
  /** Whether it stands in for a metric that has no scores of rows. */
  readonly substitute: boolean;
  /** @throws `TRAINING_FAILED` for anything but one finite score per row. */
  score(yTrue: Float64Array, predictions: Float64Array, classes: readonly string[]): Float64Array;
}

/**
 * The row scores of a metric; where it has none (F1 is no mean over rows), of a substitute:
 *
 *   classes: balanced accuracy, a right answer in class c scores n / (K · n_c), K the classes observed, a wrong one 0
 *   values:  −(error²)
 *
 * Balanced, because metrics that are no means are chosen where classes are uneven.
 */
export function rowScoringOf(
  metric: Pick<ScoringMetric, 'name' | 'rowScores'>,
  task: 'classification' | 'regression',
): RowScoring {
  const { rowScores } = metric;
  if (rowScores === undefined) {
    return task === 'classification'
      ? { name: 'balanced_accuracy', substitute: true, score: balancedAccuracyScores }
      : { name: 'squared_error', substitute: true, score: squaredErrorScores };
  }
  return {
    name: metric.name,
    substitute: false,
    score(yTrue, predictions, classes) {
      const scores = rowScores.call(metric, yTrue, predictions, classes);
      if (scores.length === yTrue.length && scores.every(Number.isFinite)) return scores;
      throw new MlperfError(
        'TRAINING_FAILED',
        `rowScores of metric '${metric.name}' must be ${yTrue.length} finite values, one per row; got ${
          scores.length === yTrue.length ? scores.find((score) => !Number.isFinite(score)) : scores.length
        }`,
      );
    },
  };
}

function balancedAccuracyScores(
  yTrue: Float64Array,
  predictions: Float64Array,
  classes: readonly string[],
): Float64Array {
  const counts = new Float64Array(classes.length);
  for (const label of yTrue) counts[label]!++;
  const observed = counts.filter((count) => count > 0).length;
  return mostProbableClass(predictions, classes.length).map((predicted, row) =>
    predicted === yTrue[row] ? yTrue.length / (observed * counts[predicted]!) : 0,
  );
}

function squaredErrorScores(yTrue: Float64Array, predictions: Float64Array): Float64Array {
  return yTrue.map((value, row) => -((value - predictions[row]!) ** 2));
}
