import type { ClassProbabilities, Direction, PredictionStore, ResolvedPrediction } from '@mlperf/core';
import { statedProbabilities } from './combine-answers.ts';

/** One decision of the ensemble whose outcome has arrived. */
export interface DecidedOutcome {
  readonly observed: Direction;
  /** Arrival order within the ensemble's version. */
  readonly sequence: number;
  /** What each member said, in the order of the members; `undefined` where it gave no answer. */
  readonly said: readonly (ClassProbabilities | undefined)[];
}

/** Decisions asked for at once. */
const DECISIONS_AT_ONCE = 50;

/**
 * The id of a member's prediction for a decision.
 * @example memberPredictionId('p1', 'BTC/forest'); // 'p1|member|BTC/forest'
 */
export function memberPredictionId(decisionId: string, memberName: string): string {
  return `${decisionId}|member|${memberName}`;
}

/** What the members had said of decisions whose outcomes are given, in the order given. */
export async function decidedOutcomes(
  predictions: Pick<PredictionStore, 'findByDecision'>,
  members: readonly string[],
  outcomes: readonly ResolvedPrediction[],
): Promise<readonly DecidedOutcome[]> {
  const decided: DecidedOutcome[] = [];
  for (let from = 0; from < outcomes.length; from += DECISIONS_AT_ONCE) {
    const some = outcomes.slice(from, from + DECISIONS_AT_ONCE);
    const made = await Promise.all(some.map(({ decisionId }) => predictions.findByDecision(decisionId)));
    some.forEach(({ decisionId, outcome }, i) => {
      const said = members.map((name) => {
        const id = memberPredictionId(decisionId, name);
        const found = made[i]!.find((one) => one.id === id && one.role === 'member');
        return found && statedProbabilities(found);
      });
      decided.push({ observed: outcome.direction, sequence: outcome.sequence, said });
    });
  }
  return decided;
}
