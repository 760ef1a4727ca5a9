import type { DriftReference, JsonObject, ReferenceStore } from '@mlperf/core';
import type { SqlSession } from '../sql-session.ts';

export class SqlReferenceStore implements ReferenceStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async get(modelVersionId: string, name: string): Promise<DriftReference | undefined> {
    const row = await this.#session.db
      .selectFrom('drift_references')
      .selectAll()
      .where('model_version_id', '=', modelVersionId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : {
          modelVersionId: row.model_version_id,
          name: row.name,
          reference: JSON.parse(row.reference) as JsonObject,
          createdAt: row.created_at,
        };
  }

  async put(reference: DriftReference): Promise<void> {
    const values = { reference: JSON.stringify(reference.reference), created_at: reference.createdAt };
    await this.#session.db
      .insertInto('drift_references')
      .values({ model_version_id: reference.modelVersionId, name: reference.name, ...values })
      .onConflict((conflict) => conflict.columns(['model_version_id', 'name']).doUpdateSet(values))
      .execute();
  }
}
