import { DIRECTIONS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type Label, requirePairedLabels } from './require-paired-labels.ts';

export const balancedAccuracyDescriptor: MetricDescriptor<'balanced_accuracy'> = {
  name: 'balanced_accuracy',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Balanced accuracy: the mean recall of the classes that were observed.
 *
 *   (1/C) · Σ_c #{i : yPredᵢ = yTrueᵢ = c} / #{i : yTrueᵢ = c},  c over the C observed classes
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @returns A fraction in [0, 1], best 1; always naming one class scores 1/C. With one observed class it is the recall
 * of that class, which is its accuracy.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(classes) space; inputs are not modified. Not adjusted for chance.
 * @see Brodersen et al. (2010), ICPR:3121–3124, doi:10.1109/ICPR.2010.764; scikit-learn,
 * `sklearn.metrics.balanced_accuracy_score`
 * @example balancedAccuracy(['up', 'up', 'up', 'down'], ['up', 'up', 'down', 'down']); // (2/3 + 1/1) / 2
 */
export function balancedAccuracy(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>): number {
  requirePairedLabels(yTrue, yPred);
  const observed = new Map<Label, number>();
  const right = new Map<Label, number>();
  for (let i = 0; i < yTrue.length; i++) {
    const label = yTrue[i]!;
    observed.set(label, (observed.get(label) ?? 0) + 1);
    if (yPred[i] === label) right.set(label, (right.get(label) ?? 0) + 1);
  }
  let sum = 0;
  for (const [label, count] of observed) sum += (right.get(label) ?? 0) / count;
  return sum / observed.size;
}

/** Balanced accuracy of an aggregate; `undefined` while it is empty. Agrees with {@link balancedAccuracy} to 1e-15. */
export function balancedAccuracyOf(aggregate: OutcomeAggregate): number | undefined {
  let classes = 0;
  let sum = 0;
  for (const observed of DIRECTIONS) {
    let count = 0;
    for (const predicted of DIRECTIONS) count += aggregate.confusion(observed, predicted);
    if (count === 0) continue;
    classes++;
    sum += aggregate.confusion(observed, observed) / count;
  }
  return classes === 0 ? undefined : sum / classes;
}
