import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { decodeAggregate } from '../aggregate-text.ts';
import type { OutcomeRollupTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { SpanChanges } from './rollup-spans.ts';

/** Rows read at a time: what is held in memory. */
const PAGE = 2_000;

/** Sums up every stored hourly roll-up into the longer spans, which must be empty. */
export async function fillSpans(session: SqlSession): Promise<void> {
  const columns = sql.raw('model_version_id, role, hour_start_at, segment, model_name');
  let after: RawBuilder<SqlBool> = sql`1 = 1`;
  for (;;) {
    const { rows } = await sql<OutcomeRollupTable>`
      select * from outcome_rollups where ${after} order by ${columns} limit ${sql.lit(PAGE)}`.execute(session.db);
    const changes = new SpanChanges();
    for (const row of rows) {
      changes.add({
        modelVersionId: row.model_version_id,
        modelName: row.model_name,
        role: row.role,
        segment: row.segment,
        hourStartAt: row.hour_start_at,
        predictions: row.predictions_count,
        outcomes: decodeAggregate(row.outcomes),
      });
    }
    await changes.store(session);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = sql`(${columns}) > (${last.model_version_id}, ${last.role}, ${last.hour_start_at}, ${last.segment}, ${last.model_name})`;
  }
}
