import { type Clock, InvalidInputError, type PerformanceStorage, systemClock } from '@mlperf/core';
import { ArtifactDirectory, type CallChannel, ChannelStorage } from '@mlperf/storage-sql';
import { openDatabaseHandle } from './open-database.ts';
import { requireDatabasePath } from './require-database-path.ts';
import { type EngineOptions, SqliteEngine } from './sqlite-engine.ts';
import type { SqliteHandle } from './sqlite-handle.ts';
import { WorkerChannel } from './worker-channel.ts';

// Whoever waits outlasts the longest transaction there may be: a holder in good order makes nobody fail.
const DEFAULT_BUSY_TIMEOUT_MS = 35_000;
const DEFAULT_TRANSACTION_TIMEOUT_MS = 30_000;

export interface SqliteStorageOptions {
  /** Times leases; default: the machine's clock. */
  readonly clock?: Clock;
  /** How long a write waits for another process's, milliseconds; then it is a `STORAGE_FAILURE`. Default 35,000. */
  readonly busyTimeoutMs?: number;
  /** How long a transaction may keep all other writers waiting before it is rolled back, milliseconds. Default 30,000. */
  readonly transactionTimeoutMs?: number;
  /**
   * Keeps the bytes of artifacts as files here, made if absent, instead of in the database. Every process that opens the
   * database names the same directory.
   */
  readonly artifactDirectory?: string;
}

/**
 * Opens a SQLite storage and brings its schema up to date. Several processes may open one file at once.
 *
 * By path (`:memory:` included) it lives in a worker thread: neither a sync of the disk nor another process's lock
 * ever stops the host. By an open handle of `node:sqlite` it runs in this thread, which then waits for the disk at
 * every commit; the handle is the host's to close, and nobody else may use it meanwhile. A path must name a file of its
 * own; behind a handle the host's tables may be beside ours.
 *
 * @throws {@link StorageError} `STORAGE_CORRUPT` for a damaged file or one that is no database, `SCHEMA_TOO_NEW` for
 * a later release's, `STORAGE_FAILURE` for one that cannot be opened or, by path, holds the tables of something else
 * and none of ours; the file is as it was.
 * @example
 * const storage = await openSqliteStorage('trading.db');
 * await storage.predictions.append([prediction]); // durable, also after a power cut
 * await storage.close();
 */
export async function openSqliteStorage(
  pathOrHandle: string | URL | SqliteHandle,
  options: SqliteStorageOptions = {},
): Promise<PerformanceStorage> {
  const clock = options.clock ?? systemClock;
  const { artifactDirectory } = options;
  const directory = artifactDirectory === undefined ? undefined : await ArtifactDirectory.open(artifactDirectory);
  const settings: EngineOptions = {
    busyTimeoutMs: requireDuration(options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS, 'busyTimeoutMs', 0),
    transactionTimeoutMs: requireDuration(
      options.transactionTimeoutMs ?? DEFAULT_TRANSACTION_TIMEOUT_MS,
      'transactionTimeoutMs',
      1,
    ),
  };
  const channel: CallChannel =
    typeof pathOrHandle === 'string' || pathOrHandle instanceof URL
      ? await WorkerChannel.open({
          path: pathOrHandle === ':memory:' ? pathOrHandle : requireDatabasePath(pathOrHandle),
          ...settings,
        })
      : new SqliteEngine(await openDatabaseHandle(requireHandle(pathOrHandle), settings.busyTimeoutMs), settings);
  try {
    await channel.migrate(clock.now());
  } catch (error) {
    await channel.close().catch(() => undefined);
    throw error;
  }
  return new ChannelStorage('sqlite', channel, clock, directory);
}

function requireHandle(handle: SqliteHandle): SqliteHandle {
  if (typeof handle?.prepare !== 'function' || typeof handle.exec !== 'function') {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `pathOrHandle must be a path or an open database; got ${typeof handle}`,
    );
  }
  return handle;
}

function requireDuration(value: number, name: string, min: number): number {
  if (!Number.isInteger(value) || value < min || value > 2 ** 31 - 1) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must be whole milliseconds ≥ ${min}; got ${value}`);
  }
  return value;
}
