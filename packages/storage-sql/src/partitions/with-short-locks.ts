import { sql } from 'kysely';
import type { SqlSession } from '../sql-session.ts';

/**
 * Longest wait for the lock of a table, milliseconds. Whoever comes to read meanwhile waits behind it, and a dump or a
 * verification of everything that is stored would keep us waiting for hours.
 */
const LOCK_TIMEOUT_MS = 100;

/** Insufficient privilege, and a lock that others hold. */
const NOT_NOW = ['42501', '55P03'];

/**
 * Changes tables in a part of the transaction of its own, without waiting for those who read them.
 * @returns false, with nothing changed, where this role may not, or somebody reads them.
 */
export async function withShortLocks(session: SqlSession, work: () => Promise<void>): Promise<boolean> {
  const { db } = session;
  await sql`savepoint tables`.execute(db);
  try {
    const { rows } = await sql<{ before: string }>`select current_setting('lock_timeout') as before`.execute(db);
    await sql`select set_config('lock_timeout', ${`${LOCK_TIMEOUT_MS}ms`}, true)`.execute(db);
    await work();
    await sql`select set_config('lock_timeout', ${rows[0]!.before}, true)`.execute(db);
  } catch (error) {
    // The setting goes back with the rest.
    await sql`rollback to savepoint tables`.execute(db);
    if (error instanceof Error && 'code' in error && NOT_NOW.includes(String(error.code))) return false;
    throw error;
  }
  await sql`release savepoint tables`.execute(db);
  return true;
}
