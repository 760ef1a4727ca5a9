import { DIRECTIONS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type Label, requireLabels } from './require-paired-labels.ts';

export const noSkillAccuracyDescriptor: MetricDescriptor<'no_skill_accuracy'> = {
  name: 'no_skill_accuracy',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * No-skill accuracy: what always predicting the most frequent observed class would have reached, in hindsight.
 *
 *   no-skill = (1/n) · max_c #{i : yTrueᵢ = c}
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @returns A fraction in (0, 1]. An accuracy at or below it shows no skill.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `INVALID_TYPE` | `NOT_FINITE`.
 * @remarks O(n) time, O(classes) space; inputs are not modified. It knows the whole sample, so it is a slightly
 * stronger opponent than a rule fixed in advance.
 * @see scikit-learn, `sklearn.dummy.DummyClassifier(strategy='most_frequent')`
 * @example noSkillAccuracy(['up', 'down', 'up', 'flat']); // 2 / 4
 */
export function noSkillAccuracy(yTrue: ArrayLike<Label>): number {
  requireLabels(yTrue, 'yTrue');
  const counts = new Map<Label, number>();
  let most = 0;
  for (let i = 0; i < yTrue.length; i++) {
    const count = (counts.get(yTrue[i]!) ?? 0) + 1;
    counts.set(yTrue[i]!, count);
    if (count > most) most = count;
  }
  return most / yTrue.length;
}

/** No-skill accuracy of an aggregate; `undefined` while it is empty. Agrees with {@link noSkillAccuracy} exactly. */
export function noSkillAccuracyOf(aggregate: OutcomeAggregate): number | undefined {
  if (aggregate.count === 0) return undefined;
  let most = 0;
  for (const observed of DIRECTIONS) {
    let count = 0;
    for (const predicted of DIRECTIONS) count += aggregate.confusion(observed, predicted);
    if (count > most) most = count;
  }
  return most / aggregate.count;
}
