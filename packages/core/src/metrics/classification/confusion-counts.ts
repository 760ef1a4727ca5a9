import { DIRECTIONS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { Direction } from '../../types/prediction.ts';
import { type Label, requirePairedLabels } from './require-paired-labels.ts';

/** How often one class was observed and predicted; every other class counts as its opposite. */
export interface ConfusionCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * Confusion counts of one class against all others.
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param yPred - Predicted labels, shape (n).
 * @param positiveClass - The class asked about; it may be absent from both sequences.
 * @returns Four whole numbers that sum to n.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @example confusionCounts(['up', 'up', 'down'], ['up', 'down', 'up'], 'up');
 * // { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 0 }
 */
export function confusionCounts(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  positiveClass: Label,
): ConfusionCounts {
  requirePairedLabels(yTrue, yPred);
  let truePositives = 0;
  let observedPositives = 0;
  let predictedPositives = 0;
  for (let i = 0; i < yTrue.length; i++) {
    const observed = yTrue[i] === positiveClass;
    const predicted = yPred[i] === positiveClass;
    if (observed) observedPositives++;
    if (predicted) predictedPositives++;
    if (observed && predicted) truePositives++;
  }
  return countsFromMargins(truePositives, observedPositives, predictedPositives, yTrue.length);
}

/** The confusion counts of one direction in an aggregate; agrees with {@link confusionCounts} exactly. */
export function confusionCountsOf(aggregate: OutcomeAggregate, positiveClass: Direction): ConfusionCounts {
  let observedPositives = 0;
  let predictedPositives = 0;
  for (const other of DIRECTIONS) {
    observedPositives += aggregate.confusion(positiveClass, other);
    predictedPositives += aggregate.confusion(other, positiveClass);
  }
  const truePositives = aggregate.confusion(positiveClass, positiveClass);
  return countsFromMargins(truePositives, observedPositives, predictedPositives, aggregate.count);
}

function countsFromMargins(
  truePositives: number,
  observedPositives: number,
  predictedPositives: number,
  n: number,
): ConfusionCounts {
  return {
    truePositives,
    falsePositives: predictedPositives - truePositives,
    falseNegatives: observedPositives - truePositives,
    trueNegatives: n - observedPositives - predictedPositives + truePositives,
  };
}
