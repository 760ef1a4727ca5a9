import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type ConfusionCounts, confusionCounts } from './confusion-counts.ts';
import type { Label } from './require-paired-labels.ts';

export const recallDescriptor: MetricDescriptor<'recall'> = {
  name: 'recall',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Recall: of the cases of one class, the share that was predicted.
 *
 *   recall = TP / (TP + FN)
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @param positiveClass - The class asked about, such as `up`; every other class counts as its opposite.
 * @returns A fraction in [0, 1], best 1; `undefined` when the class was never observed (scikit-learn says 0).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @see scikit-learn, `sklearn.metrics.recall_score`
 * @example recall(['up', 'down', 'up', 'up'], ['up', 'up', 'up', 'down'], 'up'); // 2 / 3
 */
export function recall(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>, positiveClass: Label): number | undefined {
  return recallOfCounts(confusionCounts(yTrue, yPred, positiveClass));
}

/** Recall from confusion counts. */
export function recallOfCounts({ truePositives, falseNegatives }: ConfusionCounts): number | undefined {
  const observed = truePositives + falseNegatives;
  return observed === 0 ? undefined : truePositives / observed;
}
