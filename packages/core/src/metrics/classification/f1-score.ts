import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type ConfusionCounts, confusionCounts } from './confusion-counts.ts';
import type { Label } from './require-paired-labels.ts';

export const f1ScoreDescriptor: MetricDescriptor<'f1_score'> = {
  name: 'f1_score',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * F1 score: the harmonic mean of precision and recall of one class.
 *
 *   F1 = 2·TP / (2·TP + FP + FN)
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @param positiveClass - The class asked about, such as `up`; every other class counts as its opposite.
 * @returns A fraction in [0, 1], best 1; `undefined` when the class was neither observed nor predicted. Where only
 * one of precision and recall is defined, F1 is 0.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @see scikit-learn, `sklearn.metrics.f1_score`
 * @example f1Score(['up', 'down', 'up', 'down'], ['up', 'up', 'up', 'down'], 'up'); // 4 / (4 + 1 + 0)
 */
export function f1Score(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>, positiveClass: Label): number | undefined {
  return f1ScoreOfCounts(confusionCounts(yTrue, yPred, positiveClass));
}

/** F1 score from confusion counts. */
export function f1ScoreOfCounts(counts: ConfusionCounts): number | undefined {
  const denominator = 2 * counts.truePositives + counts.falsePositives + counts.falseNegatives;
  return denominator === 0 ? undefined : (2 * counts.truePositives) / denominator;
}
