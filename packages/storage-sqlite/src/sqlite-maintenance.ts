import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import {
  type Clock,
  type MigrationReport,
  StorageError,
  type StorageMaintenance,
  type StorageStatus,
  systemClock,
  type VerificationReport,
  type VerifyOptions,
} from '@mlperf/core';
import { readStatus, refuseStrangersDatabase, verifyStorage } from '@mlperf/storage-sql';
import { openDatabasePath } from './open-database.ts';
import { requireDatabasePath } from './require-database-path.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { SqliteEngine } from './sqlite-engine.ts';
import { toStorageError } from './sqlite-errors.ts';

const BUSY_TIMEOUT_MS = 60_000;
const TRANSACTION_TIMEOUT_MS = 60_000;
/** Damaged places SQLite lists at most. */
const MAX_DAMAGES = 100;

/**
 * What an operator does to a SQLite file, in this thread. Only `migrate` makes the file if it is not there; the other
 * methods open it for reading, beside the processes that write it.
 * @example
 * const { problems } = await openSqliteMaintenance('trading.db').verify();
 */
export function openSqliteMaintenance(
  path: string | URL,
  options: { readonly clock?: Clock } = {},
): StorageMaintenance {
  return new SqliteMaintenance(requireDatabasePath(path), options.clock ?? systemClock);
}

class SqliteMaintenance implements StorageMaintenance {
  readonly kind = 'sqlite';
  readonly #path: string;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  status(): Promise<StorageStatus> {
    return this.#read(async (connection) => {
      const bytes = sizeOf(this.#path) + sizeOf(`${this.#path}-wal`);
      return { kind: this.kind, bytes, ...(await readStatus(connection.session)) };
    });
  }

  verify(options: VerifyOptions = {}): Promise<VerificationReport> {
    return this.#read((connection) =>
      verifyStorage(connection.session, options, async () => [
        ...texts(connection, `pragma integrity_check(${MAX_DAMAGES})`).filter((text) => text !== 'ok'),
        ...texts(
          connection,
          "select \"table\" || ' row ' || rowid || ' refers to nothing in ' || parent from pragma_foreign_key_check()",
        ),
      ]),
    );
  }

  async migrate(): Promise<MigrationReport> {
    const database = await openDatabasePath(this.#path, BUSY_TIMEOUT_MS);
    const engine = new SqliteEngine(database, {
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    });
    try {
      return await engine.migrate(this.#clock.now());
    } finally {
      await engine.close();
    }
  }

  async close(): Promise<void> {}

  /** One snapshot: a writer's commits after the first read stay unseen. */
  async #read<T>(work: (connection: SqliteConnection) => Promise<T>): Promise<T> {
    if (sizeOf(this.#path) === 0) {
      throw new StorageError(
        'STORAGE_FAILURE',
        `'${this.#path}' must be a database; there is no file, or an empty one`,
      );
    }
    let handle: DatabaseSync | undefined;
    try {
      handle = new DatabaseSync(this.#path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
      const connection = new SqliteConnection(handle);
      connection.setNow(this.#clock.now());
      await refuseStrangersDatabase(connection.session.db);
      handle.exec('begin');
      return await work(connection);
    } catch (error) {
      throw toStorageError(error);
    } finally {
      // Ends the transaction too.
      handle?.close();
    }
  }
}

/** The first column of each row. */
function texts(connection: SqliteConnection, sql: string): readonly string[] {
  return connection.handle
    .prepare(sql)
    .all()
    .map((row) => String(Object.values(row as object)[0]));
}

function sizeOf(path: string): number {
  const file = statSync(path, { throwIfNoEntry: false });
  return file?.isFile() === true ? file.size : 0;
}
