import { type MigrationReport, StorageError } from '@mlperf/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './migrations.ts';
import { refuseStrangersDatabase } from './refuse-strangers-database.ts';

/**
 * The schema version of a store.
 * @returns 0 for a store that was never migrated.
 * @throws {@link StorageError} `SCHEMA_TOO_NEW` for a schema this code does not know; `STORAGE_CORRUPT` when the
 * applied migrations are not the ones that version is made of; `STORAGE_FAILURE` when they are another tool's.
 */
export async function readSchemaVersion(db: Kysely<Database>): Promise<number> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === 'schema_migrations')) return 0;
  // Also beside tables of the host's, one of that name must be ours.
  await refuseStrangersDatabase(db);
  const applied = await db
    .selectFrom('schema_migrations')
    .select(['name', 'schema_version'])
    .orderBy('schema_version')
    .execute();
  const version = applied.at(-1)?.schema_version ?? 0;
  if (version > SCHEMA_VERSION) {
    throw new StorageError(
      'SCHEMA_TOO_NEW',
      `the store has schema version ${version}; this release knows versions up to ${SCHEMA_VERSION}`,
    );
  }
  applied.forEach((row, i) => {
    const expected = MIGRATIONS[i];
    if (row.name !== expected?.name || row.schema_version !== expected.schemaVersion) {
      throw new StorageError(
        'STORAGE_CORRUPT',
        `schema_migrations must list '${expected?.name}' at position ${i + 1}; got '${row.name}' as version ${row.schema_version}`,
      );
    }
  });
  return version;
}

/**
 * Applies what is missing. The caller has begun a transaction that holds the write lock (Postgres: an advisory
 * lock), commits it when this resolves and rolls it back when this rejects, so a failed migration leaves no trace
 * and two processes cannot both apply one.
 */
export async function migrateSchema(session: SqlSession): Promise<MigrationReport> {
  const { db, dialect } = session;
  const before = await readSchemaVersion(db);
  if (before === 0) {
    const { text, integer } = dialect.columnTypes;
    await execute(
      db,
      `create table if not exists schema_migrations (
        name ${text} not null primary key,
        schema_version ${integer} not null unique,
        applied_at ${integer} not null
      )${dialect.tableOptions}`,
    );
  }
  const missing = MIGRATIONS.filter((migration) => migration.schemaVersion > before);
  for (const migration of missing) {
    for (const statement of migration.statements(dialect)) await execute(db, statement);
    await migration.fill?.(session);
    await db
      .insertInto('schema_migrations')
      .values({
        name: migration.name,
        schema_version: migration.schemaVersion,
        applied_at: await session.now(),
      })
      .execute();
  }
  return { applied: missing.map((migration) => migration.name), schemaVersion: SCHEMA_VERSION };
}

async function execute(db: Kysely<Database>, statement: string): Promise<void> {
  await sql.raw(statement).execute(db);
}
