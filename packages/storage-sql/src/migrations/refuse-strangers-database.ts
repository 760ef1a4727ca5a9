import { StorageError } from '@mlperf/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';

/** Names of tables an error message lists. */
const SHOWN = 5;

/**
 * Refuses a database that something else has filled: one with tables or views, and none of them
 * `schema_migrations`. An empty database and a store of any version pass; nothing is written.
 * @throws {@link StorageError} `STORAGE_FAILURE`, naming what was found.
 */
export async function refuseStrangersDatabase(db: Kysely<Database>): Promise<void> {
  const names = (await db.introspection.getTables()).map((table) => table.name);
  if (names.length === 0 || names.includes('schema_migrations')) return;
  const shown = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', …' : '');
  throw new StorageError(
    'STORAGE_FAILURE',
    `the database must be empty or have been made by this library; it has no schema_migrations and ` +
      `${names.length === 1 ? 'one table' : `${names.length} tables`} of something else: ${shown}`,
  );
}
