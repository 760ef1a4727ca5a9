import type { SqlSession } from '../sql-session.ts';
import type { ProblemLog } from './problem-log.ts';

/** Events are numbered by a counter, and no consumer has seen more than there is. */
export async function verifyOutbox(session: SqlSession, log: ProblemLog): Promise<void> {
  const counter = await session.db
    .selectFrom('sequence_counters')
    .select('value')
    .where('name', '=', 'outbox')
    .executeTakeFirst();
  const newest = counter?.value ?? 0;
  const last = await session.db
    .selectFrom('outbox')
    .select('sequence')
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  log.checked('outbox');
  if (last !== undefined && last.sequence > newest) {
    log.add('outbox', 'events', `no event may be numbered above ${newest}; found ${last.sequence}`);
  }
  for (const { consumer, sequence } of await session.db.selectFrom('outbox_cursors').selectAll().execute()) {
    log.checked('outbox');
    if (sequence > newest) {
      log.add('outbox', `consumer ${consumer}`, `must stand at ${newest} or before; it stands at ${sequence}`);
    }
  }
}
