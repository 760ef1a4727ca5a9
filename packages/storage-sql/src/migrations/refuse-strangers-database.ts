import { StorageError } from '@mlperf/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';

/** Names of tables an error message lists. */
const SHOWN = 5;

/** Of the `schema_migrations` that is ours; other tools have tables of that name. */
const COLUMNS = ['name', 'schema_version', 'applied_at'];

/**
 * Refuses a database that something else has filled: one with tables or views, and none of them a
 * `schema_migrations` like ours. An empty database and a store of any version pass; nothing is written.
 * @throws {@link StorageError} `STORAGE_FAILURE`, naming what was found.
 */
export async function refuseStrangersDatabase(db: Kysely<Database>): Promise<void> {
  const tables = await db.introspection.getTables();
  if (tables.length === 0) return;
  const columns = tables.find(({ name }) => name === 'schema_migrations')?.columns.map(({ name }) => name);
  if (columns !== undefined && COLUMNS.every((column) => columns.includes(column))) return;
  const names = tables.map(({ name }) => name);
  const shown = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', …' : '');
  const missing = columns === undefined ? 'no schema_migrations' : 'no schema_migrations of ours';
  throw new StorageError(
    'STORAGE_FAILURE',
    `the database must be empty or have been made by this library; it has ${missing} and ` +
      `${names.length === 1 ? 'one table' : `${names.length} tables`} of something else: ${shown}`,
  );
}
