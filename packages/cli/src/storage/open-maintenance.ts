import { InvalidInputError, type StorageMaintenance } from '@mlperf/core';
import { openPostgresMaintenance } from '@mlperf/storage-postgres';
import { openSqliteMaintenance } from '@mlperf/storage-sqlite';

/** Whether a store is named by the URL of a Postgres server; anything else names a SQLite file. */
export function isPostgresUrl(store: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(store);
}

/**
 * @param store - `postgres://…`, or the path of a SQLite file.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for any other URL, and for a schema of a SQLite file.
 */
export async function openMaintenance(store: string, schema: string | undefined): Promise<StorageMaintenance> {
  if (isPostgresUrl(store)) return openPostgresMaintenance(store, schema === undefined ? {} : { schema });
  if (schema !== undefined) {
    throw new InvalidInputError('INVALID_TYPE', '--schema goes with a postgres:// URL; a SQLite file has no schemas');
  }
  return openSqliteMaintenance(requireFilePath(store));
}

/** @throws {@link InvalidInputError} `INVALID_TYPE` for what is no path. */
export function requireFilePath(store: string): string {
  if (store === ':memory:' || /^[a-z][a-z0-9+.-]+:\/\//i.test(store)) {
    // The text of a URL may hold a password: it is not repeated.
    throw new InvalidInputError('INVALID_TYPE', 'the store must be a postgres:// URL or the path of a SQLite file');
  }
  return store;
}
