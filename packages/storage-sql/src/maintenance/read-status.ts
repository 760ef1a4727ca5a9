import type { StorageStatus } from '@mlperf/core';
import { readSchemaVersion } from '../migrations/migrate-schema.ts';
import { MIGRATIONS } from '../migrations/migrations.ts';
import type { Database } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';

/** Tables whose rows say how much a store holds. */
const COUNTED = [
  'predictions',
  'outcome_rollups',
  'performance_windows',
  'monitor_states',
  'drift_references',
  'studies',
  'training_experiments',
  'model_versions',
  'model_slots',
  'promotions',
  'retraining_logs',
  'artifacts',
  'outbox',
] as const satisfies readonly (keyof Database)[];

/** Leases and consumers listed at most; a store in order has a handful. */
const MAX_LISTED = 1_000;

/** What a store says of itself. @param session - Inside a transaction; nothing is written. */
export async function readStatus(session: SqlSession): Promise<Omit<StorageStatus, 'kind' | 'bytes'>> {
  const { db } = session;
  const schemaVersion = await readSchemaVersion(db);
  const pendingMigrations = MIGRATIONS.filter((migration) => migration.schemaVersion > schemaVersion).map(
    (migration) => migration.name,
  );
  if (schemaVersion === 0) return { schemaVersion, pendingMigrations, rows: {}, leases: [], consumers: [] };
  const rows: Record<string, number> = {};
  for (const table of COUNTED) {
    const { count } = await db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    rows[table] = Number(count);
  }
  const oldest = await db.selectFrom('predictions').select('predicted_at').orderBy('predicted_at').limit(1).execute();
  const newest = await db
    .selectFrom('predictions')
    .select('predicted_at')
    .orderBy('predicted_at', 'desc')
    .limit(1)
    .execute();
  return {
    schemaVersion,
    pendingMigrations,
    rows,
    ...(oldest[0] === undefined ? {} : { predictedFrom: oldest[0].predicted_at }),
    ...(newest[0] === undefined ? {} : { predictedTo: newest[0].predicted_at }),
    leases: await readLeases(session),
    consumers: await readConsumers(session),
  };
}

async function readLeases(session: SqlSession): Promise<StorageStatus['leases']> {
  const now = await session.now();
  const rows = await session.db
    .selectFrom('leases')
    .selectAll()
    .where('expires_at', '>', now)
    .orderBy('lease')
    .limit(MAX_LISTED)
    .execute();
  return rows.map(({ lease, owner, token, expires_at }) => ({ lease, owner, token, expiresAt: expires_at }));
}

async function readConsumers(session: SqlSession): Promise<StorageStatus['consumers']> {
  const cursors = await session.db
    .selectFrom('outbox_cursors')
    .selectAll()
    .orderBy('consumer')
    .limit(MAX_LISTED)
    .execute();
  const consumers = [];
  for (const { consumer, sequence } of cursors) {
    const { count } = await session.db
      .selectFrom('outbox')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('sequence', '>', sequence)
      .executeTakeFirstOrThrow();
    consumers.push({ consumer, sequence, behind: Number(count) });
  }
  return consumers;
}
