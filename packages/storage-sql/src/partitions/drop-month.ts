import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';
import { partitionOfMonth, startOfMonth } from './month.ts';
import { listMonths } from './month-partitions.ts';
import { withShortLocks } from './with-short-locks.ts';

/**
 * Drops the oldest month of which every prediction may go, with its ids.
 * @param examined - Months that were found not to be such; those found now are added.
 * @returns how many predictions that were; `undefined` where there is no such month, this role may not drop it, or
 * somebody reads it.
 * @remarks The caller holds the write lock. A table dropped gives its room back at once, and leaves nothing to vacuum.
 */
export async function dropMonthBefore(
  session: SqlSession,
  at: number,
  mayGo: RawBuilder<SqlBool>,
  examined: Set<number>,
): Promise<number | undefined> {
  for (const month of await listMonths(session)) {
    if (startOfMonth(month + 1) > at) return undefined;
    if (examined.has(month)) continue;
    const table = sql.table(partitionOfMonth(month));
    const { rows: kept } = await sql`select id from ${table} where not ${mayGo} limit 1`.execute(session.db);
    const dropped = kept.length === 0 ? await dropMonth(session, month) : undefined;
    if (dropped !== undefined) return dropped;
    examined.add(month);
  }
  return undefined;
}

async function dropMonth(session: SqlSession, month: number): Promise<number | undefined> {
  const { db } = session;
  let removed = 0;
  const done = await withShortLocks(session, async () => {
    await sql`drop table ${sql.table(partitionOfMonth(month))}`.execute(db);
    const { numAffectedRows = 0n } = await sql`
      delete from prediction_keys
      where predicted_at >= ${startOfMonth(month)} and predicted_at < ${startOfMonth(month + 1)}`.execute(db);
    removed = Number(numAffectedRows);
  });
  if (!done) return undefined;
  session.months.kept.delete(month);
  return removed;
}
