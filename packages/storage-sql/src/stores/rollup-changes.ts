import {
  type JudgedOutcome,
  OutcomeAggregate,
  type OutcomeAggregateState,
  observationOf,
  type RecordedPrediction,
} from '@mlperf/core';
import { type RowValues, writeRows } from '../batch-statements.ts';
import { chunkSizes } from '../chunk-sizes.ts';
import type { OutcomeRollupTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';

const HOUR_MS = 3_600_000;
const KEY_COLUMNS = ['model_version_id', 'role', 'hour_start_at', 'segment', 'model_name'] as const;
const COLUMNS = [...KEY_COLUMNS, 'predictions_count', 'outcomes'] as const;
const MAX_KEYS = 32;

type KeyValues = readonly [string, string, number, string, string];

interface RollupChange {
  readonly key: KeyValues;
  predictions: number;
  readonly outcomes: OutcomeAggregate;
}

/** Start of the hour that holds a time, epoch milliseconds. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
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

  /** Reads each row touched, merges, and writes it back. */
  async store(session: SqlSession): Promise<void> {
    const stored = await this.#read(session);
    const rows: RowValues[] = [];
    for (const [name, { key, predictions, outcomes }] of this.#changes) {
      const row = stored.get(name);
      if (row !== undefined) outcomes.merge(JSON.parse(row.outcomes) as OutcomeAggregateState);
      rows.push([...key, predictions + (row?.predictions_count ?? 0), JSON.stringify(outcomes)]);
    }
    await writeRows(session, 'outcome_rollups', COLUMNS, rows, {
      key: KEY_COLUMNS,
      update: ['predictions_count', 'outcomes'],
    });
  }

  async #read(session: SqlSession): Promise<Map<string, OutcomeRollupTable>> {
    const keys = [...this.#changes.values()].map((change) => change.key);
    const stored = new Map<string, OutcomeRollupTable>();
    let start = 0;
    for (const size of chunkSizes(keys.length, MAX_KEYS)) {
      const chunk = keys.slice(start, start + size);
      start += size;
      const { rows } = await session.run(
        `read rollups ${size}`,
        (db) =>
          db
            .selectFrom('outcome_rollups')
            .select(COLUMNS)
            .where((eb) => eb.or(chunk.map((key) => eb.and(KEY_COLUMNS.map((column, i) => eb(column, '=', key[i]!))))))
            .compile(),
        chunk.flat(),
      );
      for (const row of rows) stored.set(nameOf(KEY_COLUMNS.map((column) => row[column])), row);
    }
    return stored;
  }

  #of(prediction: RecordedPrediction): RollupChange {
    const key: KeyValues = [
      prediction.modelVersionId,
      prediction.role,
      hourOf(prediction.predictedAt),
      prediction.symbol,
      prediction.modelName ?? '',
    ];
    const name = nameOf(key);
    let change = this.#changes.get(name);
    if (change === undefined) {
      change = { key, predictions: 0, outcomes: new OutcomeAggregate() };
      this.#changes.set(name, change);
    }
    return change;
  }
}

/** NUL cannot occur in stored text, so that no two keys share a name. */
function nameOf(key: readonly (string | number)[]): string {
  return key.join('\u0000');
}
