import {
  type JsonObject,
  NotFoundError,
  type OutboxEvent,
  type OutboxEventDraft,
  type OutboxStore,
} from '@mlperf/core';
import { writeRows } from '../batch-statements.ts';
import { takeSequence } from '../sequence-counters.ts';
import type { SqlSession } from '../sql-session.ts';

/** The counter that numbers events. */
const OUTBOX = 'outbox';

const COLUMNS = ['sequence', 'model_name', 'type', 'payload', 'at'] as const;

export class SqlOutboxStore implements OutboxStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async append(events: readonly OutboxEventDraft[]): Promise<readonly OutboxEvent[]> {
    if (events.length === 0) return [];
    const first = await takeSequence(this.#session, OUTBOX, events.length);
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
    const newest = await this.#newest();
    if (sequence > newest) {
      throw new NotFoundError(`event ${sequence} must be there to be acknowledged; the newest is ${newest}`);
    }
    await this.#session.db
      .insertInto('outbox_cursors')
      .values({ consumer, sequence })
      .onConflict((conflict) =>
        conflict.column('consumer').doUpdateSet({ sequence }).where('outbox_cursors.sequence', '<', sequence),
      )
      .execute();
  }

  async removeDelivered(request: { readonly before: number; readonly limit?: number }): Promise<number> {
    const { db } = this.#session;
    const { slowest } = await db
      .selectFrom('outbox_cursors')
      .select((eb) => eb.fn.min('sequence').as('slowest'))
      .executeTakeFirstOrThrow();
    // No consumer is known yet: the first one is to find everything.
    if (slowest === null) return 0;
    const { numDeletedRows } = await db
      .deleteFrom('outbox')
      .where('sequence', 'in', (eb) =>
        eb
          .selectFrom('outbox')
          .select('sequence')
          .where('sequence', '<=', slowest)
          .where('at', '<', request.before)
          .orderBy('sequence')
          .limit(request.limit!),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  async forget(consumer: string): Promise<void> {
    await this.#session.db.deleteFrom('outbox_cursors').where('consumer', '=', consumer).execute();
  }

  /** The sequence of the newest event, whether it is still there or not; 0 before the first. */
  async #newest(): Promise<number> {
    const row = await this.#session.db
      .selectFrom('sequence_counters')
      .select('value')
      .where('name', '=', OUTBOX)
      .executeTakeFirst();
    return row?.value ?? 0;
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
