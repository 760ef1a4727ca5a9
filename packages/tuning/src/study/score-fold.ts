import { type FitResult, MlperfError } from '@mlperf/core';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import type { FoldOutcome } from './cross-validation-result.ts';
import type { PreparedFold } from './prepared-fold.ts';

/** A row of probabilities may miss the sum 1 by this much: float32 models round. */
const SUM_TOLERANCE = 1e-4;

/** @throws `TRAINING_FAILED` when the answer is none for these rows, or the metric has no value on them. */
export function scoreFold(fold: PreparedFold, result: FitResult, metric: ScoringMetric): FoldOutcome {
  const classes = fold.train.classes ?? [];
  const probabilities = requirePredictions(result, classes, fold.test.dataset.features.rows);
  const yTrue = fold.test.dataset.targets;
  const score = metric.score(yTrue, probabilities, classes);
  if (score === undefined || !Number.isFinite(score)) {
    throw failed(`metric '${metric.name}' must have a finite value on ${yTrue.length} test rows; got ${score}`);
  }
  const { trainingTimeSeconds, featureImportance } = result;
  if (featureImportance === undefined) return { score, trainingTimeSeconds, predictions: probabilities };
  const columns = fold.train.features.columns;
  if (featureImportance.length !== columns || !featureImportance.every(Number.isFinite)) {
    throw failed(`featureImportance must be ${columns} finite numbers; got ${featureImportance.join(', ')}`);
  }
  return { score, trainingTimeSeconds, featureImportance, predictions: probabilities };
}

function requirePredictions(result: FitResult, classes: readonly string[], rows: number): Float64Array {
  const predicted = result.rowPredictions?.[0];
  const columns = classes.length === 0 ? 1 : result.classes.length;
  if (predicted === undefined || predicted.length !== rows * columns) {
    throw failed(`predictions must be ${rows} × ${columns} values; got ${predicted?.length ?? 'none'}`);
  }
  for (let i = 0; i < predicted.length; i++) {
    if (!Number.isFinite(predicted[i])) {
      throw failed(`predictions must be finite; got ${predicted[i]} in row ${Math.floor(i / columns)}`);
    }
  }
  return classes.length === 0 ? predicted : inOrderOf(classes, result.classes, predicted, rows);
}

/** The columns in the dataset's order of classes; a class the model has never seen has probability 0. */
function inOrderOf(
  classes: readonly string[],
  modelClasses: readonly string[],
  predicted: Float64Array,
  rows: number,
): Float64Array {
  const columns = modelClasses.map((label) => classes.indexOf(label));
  const unknown = columns.indexOf(-1);
  if (unknown >= 0 || new Set(columns).size < columns.length) {
    throw failed(`model classes must be among ${classes.join(', ')}, each once; got ${modelClasses.join(', ')}`);
  }
  const ordered = new Float64Array(rows * classes.length);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    columns.forEach((column, c) => {
      const p = predicted[row * columns.length + c]!;
      if (p < 0) throw failed(`probabilities must be at least 0; got ${p} in row ${row}`);
      sum += p;
      ordered[row * classes.length + column] = p;
    });
    if (Math.abs(sum - 1) > SUM_TOLERANCE) throw failed(`probabilities must sum to 1; got ${sum} in row ${row}`);
  }
  return ordered;
}

function failed(message: string): MlperfError {
  return new MlperfError('TRAINING_FAILED', message);
}
