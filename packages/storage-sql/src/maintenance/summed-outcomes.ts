import { MlperfError, OutcomeAggregate, type OutcomeAggregateState } from '@mlperf/core';
import { decodeAggregate } from '../aggregate-text.ts';
import { aggregateDifference } from './aggregate-difference.ts';
import type { ProblemLog } from './problem-log.ts';

/** A row of sums as stored. */
export interface StoredSums {
  readonly predictions_count: number;
  readonly outcomes: string;
}

/** What a row of sums must hold, made anew from what it sums up. */
export class SummedOutcomes {
  predictions = 0;
  readonly outcomes = new OutcomeAggregate();

  /** Logs a row that counts less than what is left of that which it once summed up. */
  static requireAtLeast(stored: StoredSums, left: SummedOutcomes | undefined, subject: string, log: ProblemLog): void {
    const predictions = left?.predictions ?? 0;
    if (stored.predictions_count < predictions) {
      log.add(
        'rollups',
        subject,
        `must count at least ${predictions} predictions; it counts ${stored.predictions_count}`,
      );
    }
    const state = readAggregate(stored.outcomes);
    if (typeof state === 'string') log.add('rollups', subject, `must hold an aggregate: ${state}`);
    else if (state.count < (left?.outcomes.count ?? 0)) {
      log.add('rollups', subject, `must count at least ${left?.outcomes.count} outcomes; it counts ${state.count}`);
    }
  }

  /** Logs every difference from what is stored. @param sums - `undefined` where there is nothing to sum up. */
  static compare(stored: StoredSums, sums: SummedOutcomes | undefined, subject: string, log: ProblemLog): void {
    const predictions = sums?.predictions ?? 0;
    if (stored.predictions_count !== predictions) {
      log.add('rollups', subject, `must count ${predictions} predictions; it counts ${stored.predictions_count}`);
    }
    const state = readAggregate(stored.outcomes);
    if (typeof state === 'string') {
      log.add('rollups', subject, `must hold an aggregate: ${state}`);
      return;
    }
    const difference = aggregateDifference(state, (sums?.outcomes ?? new OutcomeAggregate()).toJSON());
    if (difference !== undefined) log.add('rollups', subject, difference);
  }
}

/** The aggregate of a stored row, or why it cannot be read. */
export function readAggregate(text: string): OutcomeAggregateState | string {
  try {
    if (!text.startsWith('{')) return decodeAggregate(text).toJSON();
    // As it is: what was not kept in those days is absent, not 0.
    const state = JSON.parse(text) as OutcomeAggregateState;
    OutcomeAggregate.from(state);
    return state;
  } catch (error) {
    return messageOf(error);
  }
}

export function messageOf(error: unknown): string {
  return MlperfError.is(error) || error instanceof Error ? error.message : String(error);
}
