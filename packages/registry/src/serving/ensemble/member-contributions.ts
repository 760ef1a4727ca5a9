import type { Direction } from '@mlperf/core';
import { combineAnswers, halfBrierLoss, type Vote } from './combine-answers.ts';
import type { DecidedOutcome } from './decided-outcomes.ts';

/** What the ensemble would have been without one member, over the same decisions. Absent figures: no such decision. */
export interface MemberContribution {
  readonly memberName: string;
  /** Its present weight. */
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
 * scaled to sum to 1.
 *
 *   gainᵢ = mean over decisions of loss(all but i) − loss(all)
 *
 * @param weights - In the order of the members, ≥ 0.
 */
export function memberContributions(
  members: readonly string[],
  weights: readonly number[],
  classes: readonly Direction[],
  decided: readonly DecidedOutcome[],
): readonly MemberContribution[] {
  return members.map((memberName, m) => {
    let outcomes = 0;
    let hits = 0;
    let loss = 0;
    for (const { observed, said } of decided) {
      const votes = said.map(
        (probabilities, i): Vote | undefined => probabilities && { probabilities, weight: weights[i]! },
      );
      const others = votes.filter((vote, i): vote is Vote => vote !== undefined && i !== m);
      const own = votes[m];
      if (own === undefined || others.length === 0) continue;
      const whole = combineAnswers(classes, [...others, own]);
      const without = combineAnswers(classes, others);
      outcomes++;
      hits += Number(whole.direction === observed) - Number(without.direction === observed);
      loss += halfBrierLoss(without.probabilities, observed) - halfBrierLoss(whole.probabilities, observed);
    }
    return {
      memberName,
      weight: weights[m]!,
      outcomes,
      ...(outcomes > 0 && { accuracyGain: hits / outcomes, brierGain: loss / outcomes }),
    };
  });
}
