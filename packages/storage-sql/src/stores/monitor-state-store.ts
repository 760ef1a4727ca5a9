import type { JsonObject, MonitorStateRecord, MonitorStateStore } from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';

export class SqlMonitorStateStore implements MonitorStateStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async get(modelVersionId: string): Promise<MonitorStateRecord | undefined> {
    const row = await this.#session.db
      .selectFrom('monitor_states')
      .selectAll()
      .where('model_version_id', '=', modelVersionId)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : {
          modelVersionId: row.model_version_id,
          sequence: row.sequence,
          state: JSON.parse(row.state) as JsonObject,
          updatedAt: row.updated_at,
        };
  }

  async put(record: MonitorStateRecord): Promise<void> {
    const values = { sequence: record.sequence, state: JSON.stringify(record.state), updated_at: record.updatedAt };
    await this.#session.db
      .insertInto('monitor_states')
      .values({ model_version_id: record.modelVersionId, ...values })
      .onConflict((conflict) => conflict.column('model_version_id').doUpdateSet(values))
      .execute();
  }
}
