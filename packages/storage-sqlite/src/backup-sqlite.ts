import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { ConflictError, StorageError } from '@mlperf/core';
import { refuseStrangersDatabase } from '@mlperf/storage-sql';
import { requireDatabasePath } from './require-database-path.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { toStorageError } from './sqlite-errors.ts';

/** Pages copied between two looks at what other processes have written. */
const PAGES_AT_ONCE = 10_000;

export interface SqliteBackup {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Copies a database that others go on writing into a new file: one snapshot, checked page by page and synced to the
 * disk before it gets its name, so that a file of that name is a whole backup.
 *
 * @param onProgress - Told the share copied, in [0, 1]; it starts again when another process writes meanwhile.
 * @throws {@link StorageError} `STORAGE_FAILURE` for a source that is not there or not ours, `STORAGE_CORRUPT` for a
 * damaged one; {@link ConflictError} when the target exists: nothing is ever overwritten.
 */
export async function backupSqlite(
  sourcePath: string | URL,
  targetPath: string | URL,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<SqliteBackup> {
  const source = requireDatabasePath(sourcePath);
  const target = requireDatabasePath(targetPath);
  if (statSync(source, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new StorageError('STORAGE_FAILURE', `'${source}' must be a database; there is no such file`);
  }
  if (statSync(target, { throwIfNoEntry: false }) !== undefined) throw targetExists(target);
  const partial = `${target}.partial-${process.pid}`;
  try {
    rmSync(partial, { force: true });
    await copy(source, partial, onProgress);
    requireSound(partial);
    syncPath(partial);
    nameExclusively(partial, target);
    syncPath(dirname(target));
  } catch (error) {
    throw isExisting(error) ? targetExists(target) : toStorageError(error);
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(partial + suffix, { force: true });
  }
  return { path: target, bytes: statSync(target).size };
}

async function copy(source: string, partial: string, onProgress: (fraction: number) => void): Promise<void> {
  const handle = new DatabaseSync(source, { readOnly: true });
  try {
    await refuseStrangersDatabase(new SqliteConnection(handle).session.db);
    await backup(handle, partial, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) => onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
    });
  } finally {
    handle.close();
  }
}

function requireSound(path: string): void {
  const handle = new DatabaseSync(path);
  try {
    // The copy is a file of its own: without a log beside it, it can be moved and opened read-only anywhere.
    handle.exec('pragma journal_mode = delete');
    const found = handle.prepare('pragma integrity_check(1)').all()[0]?.integrity_check;
    if (found !== 'ok') throw new StorageError('STORAGE_CORRUPT', `the database is damaged (SQLite: ${String(found)})`);
  } finally {
    handle.close();
  }
}

function syncPath(path: string): void {
  // Windows syncs only what is open for writing, and no folders.
  const isFolder = statSync(path).isDirectory();
  if (isFolder && process.platform === 'win32') return;
  const file = openSync(path, isFolder ? 'r' : 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives a file its name, unless somebody has taken that meanwhile: a rename would overwrite. */
function nameExclusively(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    if (isExisting(error)) throw error;
    // A file system without links.
    copyFileSync(partial, target, constants.COPYFILE_EXCL);
    syncPath(target);
  }
}

function targetExists(target: string): ConflictError {
  return new ConflictError(`'${target}' must be a new file; it exists already`);
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
