import { type MigrationReport, StorageError } from '@mlperf/core';
import {
  keepCurrentMonths,
  listMonths,
  migrateSchema,
  monthOf,
  readSchemaVersion,
  refuseStrangersDatabase,
  SCHEMA_VERSION,
} from '@mlperf/storage-sql';
import { sql } from 'kysely';
import type { PostgresConnection } from './postgres-connection.ts';

/** Partitions are joined row by row only from here on. */
const MIN_SERVER = 140_000;

/**
 * Whether the schema is current and the coming month has its partition: then there is nothing to migrate, and no lock
 * to wait for.
 * @throws {@link StorageError} for a server, or a schema, that cannot be used.
 */
export async function isCurrent({ session }: PostgresConnection): Promise<boolean> {
  const { db } = session;
  const { rows } = await sql<{ version: string; encoding: string; schema: string | null }>`
    select current_setting('server_version_num') as version,
      current_setting('server_encoding') as encoding,
      current_schema()::text as schema`.execute(db);
  const { version, encoding, schema } = rows[0]!;
  if (Number(version) < MIN_SERVER) {
    throw new StorageError('STORAGE_FAILURE', `the server must be Postgres 14 or newer; it is ${version}`);
  }
  if (encoding !== 'UTF8') {
    throw new StorageError('STORAGE_FAILURE', `the database must be encoded in UTF8; it is in ${encoding}`);
  }
  if (schema === null || schema.startsWith('pg_')) return false;
  await refuseStrangersDatabase(db);
  if ((await readSchemaVersion(db)) !== SCHEMA_VERSION) return false;
  const months = await listMonths(session);
  return months.includes(monthOf(await session.now()) + 1);
}

/** Makes the schema, its tables and the partitions of this month and the next. The caller holds the write lock. */
export async function migratePostgres({ session }: PostgresConnection, schema: string): Promise<MigrationReport> {
  const { db } = session;
  const { rows } = await sql`select from pg_namespace where nspname = ${schema}`.execute(db);
  // Not `if not exists`, which asks for the right to create even where there is nothing to do.
  if (rows.length === 0) await sql`create schema ${sql.id(schema)}`.execute(db);
  await refuseStrangersDatabase(db);
  const report = await migrateSchema(session);
  await keepCurrentMonths(session);
  return report;
}
