import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type ConfusionCounts, confusionCounts } from './confusion-counts.ts';
import type { Label } from './require-paired-labels.ts';

export const precisionDescriptor: MetricDescriptor<'precision'> = {
  name: 'precision',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Precision: of the predictions of one class, the share that came true.
 *
 *   precision = TP / (TP + FP)
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @param positiveClass - The class asked about, such as `up`; every other class counts as its opposite.
 * @returns A fraction in [0, 1], best 1; `undefined` when the class was never predicted (scikit-learn says 0).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @see scikit-learn, `sklearn.metrics.precision_score`
 * @example precision(['up', 'down', 'up', 'down'], ['up', 'up', 'up', 'down'], 'up'); // 2 / 3
 */
export function precision(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>, positiveClass: Label): number | undefined {
  return precisionOfCounts(confusionCounts(yTrue, yPred, positiveClass));
}

/** Precision from confusion counts. */
export function precisionOfCounts({ truePositives, falsePositives }: ConfusionCounts): number | undefined {
  const predicted = truePositives + falsePositives;
  return predicted === 0 ? undefined : truePositives / predicted;
}
