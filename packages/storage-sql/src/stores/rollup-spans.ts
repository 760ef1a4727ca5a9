import { OutcomeAggregate, type OutcomeAggregateState } from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';
import { mergeRollups, nameOf, type RollupDelta } from './merge-rollups.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const BLOCK_MS = 16 * DAY_MS;

/**
 * What is summed up beyond the hour: days of all symbols, days of each symbol, and blocks of 16 days of each symbol.
 * With them a year of any number of predictions is some hundreds of rows. Spans are multiples of their length since 1970.
 */
export const SPAN_LEVELS = {
  day: { level: 1, lengthMs: DAY_MS, bySegment: false },
  segmentDay: { level: 2, lengthMs: DAY_MS, bySegment: true },
  segmentBlock: { level: 3, lengthMs: BLOCK_MS, bySegment: true },
} as const;

const KEY_COLUMNS = ['model_version_id', 'role', 'level', 'span_start_at', 'segment', 'model_name'] as const;

/** An hourly roll-up's key, and what is to be added to it. */
export interface HourChange {
  readonly modelVersionId: string;
  readonly modelName: string;
  readonly role: string;
  readonly segment: string;
  readonly hourStartAt: number;
  readonly predictions: number;
  readonly outcomes: OutcomeAggregate | OutcomeAggregateState;
}

/** Start of the span of that length that holds a time, epoch milliseconds. */
export function spanStart(at: number, lengthMs: number): number {
  return Math.floor(at / lengthMs) * lengthMs;
}

/** What changes of hourly roll-ups do to the sums of longer spans, summed per row touched. */
export class SpanChanges {
  readonly #changes = new Map<string, RollupDelta>();

  add({ modelVersionId, modelName, role, segment, hourStartAt, predictions, outcomes }: HourChange): void {
    for (const { level, lengthMs, bySegment } of Object.values(SPAN_LEVELS)) {
      const start = spanStart(hourStartAt, lengthMs);
      const key = [modelVersionId, role, level, start, bySegment ? segment : '', modelName];
      const name = nameOf(key);
      let change = this.#changes.get(name);
      if (change === undefined) {
        change = { key, predictions: 0, outcomes: new OutcomeAggregate() };
        this.#changes.set(name, change);
      }
      change.predictions += predictions;
      change.outcomes.merge(outcomes);
    }
  }

  store(session: SqlSession): Promise<void> {
    return mergeRollups(session, 'outcome_spans', KEY_COLUMNS, this.#changes);
  }
}
