import type { JsonObject, OutboxEvent, OutboxEventDraft, OutboxStore } from '@mlperf/core';
import { writeRows } from '../batch-statements.ts';
import { takeSequence } from '../sequence-counters.ts';
import type { SqlSession } from '../sql-session.ts';

const COLUMNS = ['sequence', 'model_name', 'type', 'payload', 'at'] as const;

export class SqlOutboxStore implements OutboxStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async append(events: readonly OutboxEventDraft[]): Promise<readonly OutboxEvent[]> {
    if (events.length === 0) return [];
    const first = await takeSequence(this.#session, 'outbox', events.length);
    const stored = events.map((event, i) => ({ ...event, sequence: first + i }));
    await writeRows(
      this.#session,
      'outbox',
      COLUMNS,
      stored.map((event) => [event.sequence, event.modelName, event.type, JSON.stringify(event.payload), event.at]),
    );
    return stored;
  }

  async read(query: {
    readonly consumer: string;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly OutboxEvent[]> {
    const rows = await this.#session.db
      .selectFrom('outbox')
      .select(COLUMNS)
      .where('sequence', '>', query.after ?? (await this.#cursor(query.consumer)))
      .orderBy('sequence')
      .limit(query.limit)
      .execute();
    return rows.map((row) => ({
      sequence: row.sequence,
      modelName: row.model_name,
      type: row.type,
      payload: JSON.parse(row.payload) as JsonObject,
      at: row.at,
    }));
  }

  async ack(consumer: string, sequence: number): Promise<void> {
    await this.#session.db
      .insertInto('outbox_cursors')
      .values({ consumer, sequence })
      .onConflict((conflict) =>
        conflict.column('consumer').doUpdateSet({ sequence }).where('outbox_cursors.sequence', '<', sequence),
      )
      .execute();
  }

  async #cursor(consumer: string): Promise<number> {
    const row = await this.#session.db
      .selectFrom('outbox_cursors')
      .select('sequence')
      .where('consumer', '=', consumer)
      .executeTakeFirst();
    return row?.sequence ?? 0;
  }
}
