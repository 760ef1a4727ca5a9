import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '@mlperf/core';
import { readSchemaVersion, refuseStrangersDatabase } from '@mlperf/storage-sql';
import { retryWhileBusy } from './busy-retry.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { toStorageError } from './sqlite-errors.ts';
import type { SqliteHandle } from './sqlite-handle.ts';

/** Up to this size every page is checked on opening; a larger file is checked page by page as it is read. */
const FULL_CHECK_BYTES = 64 * 1024 * 1024;
const MEMORY = ':memory:';

/** The connections of one storage. */
export interface OpenDatabase {
  readonly writer: SqliteHandle;
  /** A second connection for reads; a database in memory has none. */
  readonly reader: SqliteHandle | undefined;
  readonly isFile: boolean;
  /** Closes what was opened here; a host's handle stays open. */
  close(): void;
}

/**
 * Opens a database file, creating it if absent, or `:memory:`.
 * @throws {@link StorageError} `STORAGE_CORRUPT` for a damaged file or one that is no database, `SCHEMA_TOO_NEW` for
 * one that a later release wrote, `STORAGE_FAILURE` for one that something else has filled: all before the file is
 * touched. `STORAGE_FAILURE` if it cannot be opened.
 */
export async function openDatabasePath(path: string, busyTimeoutMs: number): Promise<OpenDatabase> {
  const opened: DatabaseSync[] = [];
  const open = (options: { readonly readOnly: boolean }): DatabaseSync => {
    const handle = new DatabaseSync(path, options);
    opened.push(handle);
    return handle;
  };
  const close = () => {
    for (const handle of opened.splice(0).reverse()) handle.close();
  };
  const isFile = path !== MEMORY;
  try {
    const file = isFile ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (file?.isDirectory() === true) {
      throw new StorageError('STORAGE_FAILURE', 'the path must name a file; it names a directory');
    }
    if (file !== undefined && file.size > 0) {
      const found = open({ readOnly: true });
      await inspect(found, busyTimeoutMs);
      await refuseStrangersDatabase(new SqliteConnection(found).session.db);
      close();
    }
    const writer = open({ readOnly: false });
    await configure(writer, isFile, busyTimeoutMs);
    const reader = isFile ? open({ readOnly: true }) : undefined;
    if (reader !== undefined) tune(reader);
    return {
      writer,
      reader,
      isFile,
      close: () => {
        if (isFile) checkpoint(writer);
        close();
      },
    };
  } catch (error) {
    close();
    const failure = toStorageError(error);
    throw failure.code === 'SCHEMA_TOO_NEW' || failure.code === 'STORAGE_CORRUPT' || failure.code === 'STORAGE_FAILURE'
      ? new StorageError(failure.code, `'${path}' cannot be opened as storage: ${failure.message}`, { cause: error })
      : failure;
  }
}

/**
 * Prepares a handle that the host has opened, and goes on owning. The host's own tables may be beside ours.
 * @throws As {@link openDatabasePath} for a damaged file and a later release's.
 */
export async function openDatabaseHandle(handle: SqliteHandle, busyTimeoutMs: number): Promise<OpenDatabase> {
  try {
    const [main] = rows<{ file: string | null }>(handle, "select file from pragma_database_list where name = 'main'");
    const isFile = Boolean(main?.file);
    await inspect(handle, busyTimeoutMs);
    await configure(handle, isFile, busyTimeoutMs);
    return { writer: handle, reader: undefined, isFile, close: () => (isFile ? checkpoint(handle) : undefined) };
  } catch (error) {
    throw toStorageError(error);
  }
}

/** Reads enough to know that this is a sound database of a schema we know, and writes nothing. */
async function inspect(handle: SqliteHandle, busyTimeoutMs: number): Promise<void> {
  const [size] = await retryWhileBusy(
    () =>
      rows<{ bytes: number }>(
        handle,
        'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
      ),
    busyTimeoutMs,
  );
  if (size !== undefined && size.bytes <= FULL_CHECK_BYTES) {
    const [found] = rows<{ quick_check: string }>(handle, 'pragma quick_check(1)');
    if (found?.quick_check !== 'ok') {
      throw new StorageError('STORAGE_CORRUPT', `the database file is damaged (SQLite: ${found?.quick_check})`);
    }
  }
  await readSchemaVersion(new SqliteConnection(handle).session.db);
}

async function configure(handle: SqliteHandle, isFile: boolean, busyTimeoutMs: number): Promise<void> {
  // Waiting is ours: SQLite's own would stop the thread.
  handle.exec('pragma busy_timeout = 0; pragma foreign_keys = on');
  if (isFile) {
    await retryWhileBusy(() => handle.exec('pragma journal_mode = wal'), busyTimeoutMs);
    const [journal] = rows<{ journal_mode: string }>(handle, 'pragma journal_mode');
    if (journal?.journal_mode !== 'wal') {
      throw new StorageError(
        'STORAGE_FAILURE',
        `the journal mode must be wal for durable writes; this file stays in ${journal?.journal_mode}`,
      );
    }
    // The checkpoint of a full log waits for two more syncs: a longer log makes it rarer.
    handle.exec('pragma synchronous = full; pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864');
  }
  tune(handle);
}

function tune(handle: SqliteHandle): void {
  handle.exec('pragma busy_timeout = 0; pragma cache_size = -65536; pragma temp_store = memory');
}

/** Moves the log into the file; what another connection keeps it from moving stays safe in the log. */
function checkpoint(handle: SqliteHandle): void {
  handle.prepare('pragma wal_checkpoint(truncate)').all();
}

function rows<T>(handle: SqliteHandle, sql: string): T[] {
  return handle.prepare(sql).all() as T[];
}
