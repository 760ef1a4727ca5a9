import type { Direction } from '@mlperf/core';
import { combineAnswers, halfBrierLoss, scaledWeights, type Vote } from './combine-answers.ts';
import type { DecidedOutcome } from './decided-outcomes.ts';

/** What the ensemble would have been without one member, over the same decisions. Absent figures: no such decision. */
export interface MemberContribution {
  readonly memberName: string;
  /** Its present weight among the selected; 0 for one that is not. */
  readonly weight: number;
  /** Decisions that it and at least one other member answered, and whose outcome is known. */
  readonly outcomes: number;
  /** Accuracy with it less accuracy without it: above 0 when it helps. */
  readonly accuracyGain?: number;
  /** Half the Brier score without it less that with it: above 0 when it helps. */
  readonly brierGain?: number;
}

/**
 * Leave-one-out: the ensemble at its present weights against the same ensemble without a member, the others' weights
 * scaled to sum to 1. Who counts is decided for each decision as in serving: the selected that answered, or else all that
 * did.
 *
 *   gainᵢ = mean over decisions of loss(all but i) − loss(all)
 *
 * @param weights - In the order of the members, ≥ 0.
 * @param selected - Whether a member is selected, in the same order.
 */
export function memberContributions(
  members: readonly string[],
  weights: readonly number[],
  selected: readonly boolean[],
  classes: readonly Direction[],
  decided: readonly DecidedOutcome[],
): readonly MemberContribution[] {
  const ofSelected = scaledWeights(weights.filter((_, i) => selected[i]));
  let next = 0;
  const present = weights.map((_, i) => (selected[i] ? ofSelected[next++]! : 0));
  return members.map((memberName, m) => {
    let outcomes = 0;
    let hits = 0;
    let loss = 0;
    for (const { observed, said } of decided) {
      const answered = said.flatMap((probabilities, i) => (probabilities === undefined ? [] : [{ i, probabilities }]));
      const others = answered.filter(({ i }) => i !== m);
      if (others.length === answered.length || others.length === 0) continue;
      const voting = (some: typeof answered): readonly Vote[] => {
        const counting = some.filter(({ i }) => selected[i]);
        return (counting.length > 0 ? counting : some).map(({ i, probabilities }) => ({
          probabilities,
          weight: weights[i]!,
        }));
      };
      const whole = combineAnswers(classes, voting(answered));
      const without = combineAnswers(classes, voting(others));
      outcomes++;
      hits += Number(whole.direction === observed) - Number(without.direction === observed);
      loss += halfBrierLoss(without.probabilities, observed) - halfBrierLoss(whole.probabilities, observed);
    }
    return {
      memberName,
      weight: present[m]!,
      outcomes,
      ...(outcomes > 0 && { accuracyGain: hits / outcomes, brierGain: loss / outcomes }),
    };
  });
}
