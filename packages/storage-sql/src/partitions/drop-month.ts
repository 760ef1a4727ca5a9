import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';
import { partitionOfMonth, startOfMonth } from './month.ts';
import { listMonths } from './month-partitions.ts';

/** Insufficient privilege, and a lock that others hold for too long: then the rows go one by one. */
const NOT_NOW = ['42501', '55P03'];

/**
 * Drops the oldest month of which every prediction may go, with its ids.
 * @returns how many predictions that were; `undefined` where there is no such month, or this role may not drop it.
 * @remarks The caller holds the write lock. A table dropped gives its room back at once, and leaves nothing to vacuum.
 */
export async function dropMonthBefore(
  session: SqlSession,
  at: number,
  mayGo: RawBuilder<SqlBool>,
): Promise<number | undefined> {
  for (const month of await listMonths(session)) {
    if (startOfMonth(month + 1) > at) return undefined;
    const table = sql.table(partitionOfMonth(month));
    const { rows: kept } = await sql`select id from ${table} where not ${mayGo} limit 1`.execute(session.db);
    if (kept.length > 0) continue;
    return dropMonth(session, month);
  }
  return undefined;
}

async function dropMonth(session: SqlSession, month: number): Promise<number | undefined> {
  const { db } = session;
  await sql`savepoint old_month`.execute(db);
  try {
    await sql`drop table ${sql.table(partitionOfMonth(month))}`.execute(db);
    const { numAffectedRows = 0n } = await sql`
      delete from prediction_keys
      where predicted_at >= ${sql.lit(startOfMonth(month))} and predicted_at < ${sql.lit(startOfMonth(month + 1))}`.execute(
      db,
    );
    await sql`release savepoint old_month`.execute(db);
    session.months.delete(month);
    return Number(numAffectedRows);
  } catch (error) {
    await sql`rollback to savepoint old_month`.execute(db);
    if (error instanceof Error && 'code' in error && NOT_NOW.includes(String(error.code))) return undefined;
    throw error;
  }
}
