import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type Label, requirePairedLabels } from './require-paired-labels.ts';

export const accuracyDescriptor: MetricDescriptor<'accuracy'> = {
  name: 'accuracy',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Accuracy: the share of predictions that equal what was observed, over all classes.
 *
 *   accuracy = (1/n) · #{i : yPredᵢ = yTrueᵢ}
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @returns A fraction in [0, 1], best 1. Compare it with {@link noSkillAccuracy}.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @see scikit-learn, `sklearn.metrics.accuracy_score`
 * @example accuracy(['up', 'down', 'up', 'flat'], ['up', 'up', 'up', 'flat']); // 3 / 4
 */
export function accuracy(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>): number {
  requirePairedLabels(yTrue, yPred);
  let correct = 0;
  for (let i = 0; i < yTrue.length; i++) {
    if (yTrue[i] === yPred[i]) correct++;
  }
  return correct / yTrue.length;
}
