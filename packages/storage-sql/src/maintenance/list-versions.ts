import type { SqlSession } from '../sql-session.ts';

/** Versions with a prediction or a roll-up, each found by one step through an index. */
export async function listVersions(session: SqlSession): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const table of ['predictions', 'outcome_rollups', 'outcome_spans'] as const) {
    let last = '';
    for (;;) {
      const row = await session.db
        .selectFrom(table)
        .select('model_version_id')
        .where('model_version_id', '>', last)
        .orderBy('model_version_id')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) break;
      last = row.model_version_id;
      found.add(last);
    }
  }
  return [...found].sort();
}
