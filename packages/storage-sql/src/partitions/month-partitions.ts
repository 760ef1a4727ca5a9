import { sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';
import { monthOf, monthOfPartition, partitionOfMonth, startOfMonth } from './month.ts';
import { withShortLocks } from './with-short-locks.ts';

/** Earlier and later than any prediction in earnest; what falls outside stays in the default partition. */
const FIRST_MONTH = 0;

/** After a month could not be made: each try makes readers of all months wait for a moment. */
const RETRY_AFTER_MS = 60_000;

/**
 * Sees to it that the months of these predictions, and the month after each, have partitions. A month later than the
 * one after the current has none yet: its rows wait in the default partition, and move when theirs is made.
 *
 * @param predictedAts - Epoch milliseconds.
 * @remarks The caller holds the write lock. While somebody reads the default partition, and where the role may not make
 * tables, the rows wait in it: for a later call, or an owner's `migrate()`.
 */
export async function keepMonths(session: SqlSession, predictedAts: readonly number[]): Promise<void> {
  const wanted = new Set<number>();
  let from = 0;
  let to = 0;
  for (const at of predictedAts) {
    if (at >= from && at < to) continue;
    const month = monthOf(at);
    from = startOfMonth(month);
    to = startOfMonth(month + 1);
    if (month >= FIRST_MONTH && !session.months.kept.has(month)) wanted.add(month);
  }
  if (wanted.size > 0) await makeMonths(session, [...wanted]);
}

/** As {@link keepMonths} for the current month. */
export async function keepCurrentMonths(session: SqlSession): Promise<void> {
  await makeMonths(session, [monthOf(await session.now())]);
}

/** The months that have a partition, in order. */
export async function listMonths(session: SqlSession): Promise<readonly number[]> {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name
    from pg_inherits
    join pg_class child on child.oid = inhrelid
    where inhparent = to_regclass('predictions')`.execute(session.db);
  return rows
    .map((row) => monthOfPartition(row.name))
    .filter((month) => month !== undefined)
    .sort((a, b) => a - b);
}

async function makeMonths(session: SqlSession, months: readonly number[]): Promise<void> {
  const { kept } = session.months;
  const now = await session.now();
  if (Math.abs(now - session.months.postponedAt) < RETRY_AFTER_MS) return;
  const last = monthOf(now) + 1;
  const existing = new Set(await listMonths(session));
  const wanted = new Set(months.flatMap((month) => [month, month + 1]).filter((month) => month <= last));
  for (const month of [...wanted].sort((a, b) => a - b)) {
    if (existing.has(month)) continue;
    if (!(await makeMonth(session, month))) {
      session.months.postponedAt = now;
      return;
    }
    existing.add(month);
  }
  // Not one whose next is missing: that is made when the time has come.
  for (const month of months) if (existing.has(month) && existing.has(month + 1)) kept.add(month);
}

/** @returns false where this role may not, or somebody reads the default partition. */
function makeMonth(session: SqlSession, month: number): Promise<boolean> {
  const { db } = session;
  const table = sql.table(partitionOfMonth(month));
  const bounds = [sql.lit(startOfMonth(month)), sql.lit(startOfMonth(month + 1))] as const;
  return withShortLocks(session, async () => {
    await sql`create table ${table} (like predictions including defaults)`.execute(db);
    await sql`lock table predictions_default in access exclusive mode`.execute(db);
    await sql`
      with waiting as (
        delete from predictions_default
        where predicted_at >= ${bounds[0]} and predicted_at < ${bounds[1]}
        returning *
      )
      insert into ${table} select * from waiting`.execute(db);
    // Attached when filled: unlike a partition made in place it lets readers of the others go on.
    await sql`alter table predictions attach partition ${table} for values from (${bounds[0]}) to (${bounds[1]})`.execute(
      db,
    );
  });
}
