import type { Database } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import type { ProblemLog } from './problem-log.ts';
import { type PagedTable, readPages } from './read-pages.ts';

/** Sees whether every stored record can still be read; those of predictions and roll-ups are read with their sums. */
export async function verifyRecords(session: SqlSession, log: ProblemLog): Promise<void> {
  const verify = <T extends keyof Database>(table: PagedTable<T>) => verifyTable(session, table, log);
  await verify({
    table: 'performance_windows',
    key: ['model_version_id', 'segment', 'window_size', 'last_sequence'],
    columns: ['record'],
  });
  await verify({ table: 'monitor_states', key: ['model_version_id'], columns: ['state'] });
  await verify({ table: 'drift_references', key: ['model_version_id', 'name'], columns: ['reference'] });
  await verify({ table: 'studies', key: ['study_id'], columns: ['record'] });
  await verify({ table: 'training_experiments', key: ['experiment_id'], columns: ['record'] });
  await verify({ table: 'queued_points', key: ['study_id', 'trial_number'], columns: ['parameters'] });
  await verify({ table: 'model_versions', key: ['version_id'], columns: ['record'] });
  await verify({ table: 'promotions', key: ['model_name', 'sequence'], columns: ['evidence'] });
  await verify({ table: 'retraining_logs', key: ['retraining_id'], columns: ['record', 'created_record'] });
  await verify({ table: 'outbox', key: ['sequence'], columns: ['payload'] });
}

async function verifyTable<T extends keyof Database>(
  session: SqlSession,
  table: PagedTable<T>,
  log: ProblemLog,
): Promise<void> {
  for await (const rows of readPages(session, table)) {
    log.checked('records', rows.length);
    for (const row of rows) {
      for (const column of table.columns) {
        if (row[column] === null || isJson(row[column])) continue;
        const key = table.key.map((name) => String(row[name])).join(' ');
        log.add('records', `${table.table} ${key}`, `${column} must hold JSON; it does not`);
      }
    }
  }
}

function isJson(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
