import { ConflictError, type StoredPerformanceWindow, sameContent, type WindowStore } from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';

export class SqlWindowStore implements WindowStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async save(window: StoredPerformanceWindow): Promise<void> {
    const { db } = this.#session;
    const key = {
      model_version_id: window.modelVersionId,
      segment: window.segment ?? '',
      window_size: window.windowSize,
      last_sequence: window.lastSequence,
    };
    const stored = await db
      .selectFrom('performance_windows')
      .select('record')
      .where((eb) => eb.and(key))
      .executeTakeFirst();
    if (stored === undefined) {
      await db
        .insertInto('performance_windows')
        .values({ ...key, record: JSON.stringify(window) })
        .execute();
    } else if (!sameContent(JSON.parse(stored.record), window)) {
      throw new ConflictError(
        `the window of '${window.modelVersionId}' with size ${window.windowSize} ending at sequence ${window.lastSequence} is stored with other content`,
      );
    }
  }

  async recent(query: Parameters<WindowStore['recent']>[0]): Promise<readonly StoredPerformanceWindow[]> {
    let select = this.#session.db
      .selectFrom('performance_windows')
      .select('record')
      .where('model_version_id', '=', query.modelVersionId)
      .where('segment', '=', query.segment ?? '');
    if (query.windowSize !== undefined) select = select.where('window_size', '=', query.windowSize);
    const rows = await select.orderBy('last_sequence', 'desc').orderBy('window_size').limit(query.limit).execute();
    return rows.map((row) => JSON.parse(row.record) as StoredPerformanceWindow);
  }
}
