import { type JudgedOutcome, OutcomeAggregate, observationOf, type RecordedPrediction } from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';
import { mergeRollups } from './merge-rollups.ts';
import { HOUR_MS, SpanChanges, spanStart } from './rollup-spans.ts';

const KEY_COLUMNS = ['model_version_id', 'role', 'hour_start_at', 'segment', 'model_name'] as const;

type KeyValues = readonly [string, string, number, string, string];

interface RollupChange {
  readonly key: KeyValues;
  predictions: number;
  readonly outcomes: OutcomeAggregate;
}

/** Start of the hour that holds a time, epoch milliseconds. */
export function hourOf(at: number): number {
  return spanStart(at, HOUR_MS);
}

/** What a batch of predictions or outcomes does to the hourly roll-ups, summed per row touched. */
export class RollupChanges {
  readonly #changes = new Map<string, RollupChange>();

  addPrediction(prediction: RecordedPrediction): void {
    this.#of(prediction).predictions++;
  }

  addOutcome(prediction: RecordedPrediction, outcome: JudgedOutcome): void {
    this.#of(prediction).outcomes.add(observationOf(prediction, outcome));
  }

  removeOutcome(prediction: RecordedPrediction, outcome: JudgedOutcome): void {
    this.#of(prediction).outcomes.remove(observationOf(prediction, outcome));
  }

  /** Adds to the hourly rows and to those of the longer spans. */
  async store(session: SqlSession): Promise<void> {
    const spans = new SpanChanges();
    for (const { key, predictions, outcomes } of this.#changes.values()) {
      const [modelVersionId, role, hourStartAt, segment, modelName] = key;
      spans.add({ modelVersionId, role, hourStartAt, segment, modelName, predictions, outcomes });
    }
    await mergeRollups(session, 'outcome_rollups', KEY_COLUMNS, this.#changes);
    await spans.store(session);
  }

  #of(prediction: RecordedPrediction): RollupChange {
    const { modelVersionId, role, predictedAt, symbol, modelName = '' } = prediction;
    const hourStartAt = hourOf(predictedAt);
    // Made twice for each outcome: a text put together here costs a quarter of `nameOf`.
    const name = `${modelVersionId}\u0000${role}\u0000${hourStartAt}\u0000${symbol}\u0000${modelName}`;
    let change = this.#changes.get(name);
    if (change === undefined) {
      const key: KeyValues = [modelVersionId, role, hourStartAt, symbol, modelName];
      change = { key, predictions: 0, outcomes: new OutcomeAggregate() };
      this.#changes.set(name, change);
    }
    return change;
  }
}
