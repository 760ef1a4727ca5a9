import { type Fence, type MlperfError, StorageError } from '@mlperf/core';
import {
  createSqlStores,
  type Database,
  runCall,
  SqlSession,
  type SqlStores,
  type StoreCall,
} from '@mlperf/storage-sql';
import { Kysely } from 'kysely';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { toStorageError } from './sqlite-errors.ts';
import type { SqliteHandle, SqliteStatement } from './sqlite-handle.ts';

/** An open database with the shared stores on it. One thing at a time may use it: its lane sees to that. */
export class SqliteConnection {
  readonly handle: SqliteHandle;
  readonly session: SqlSession;
  readonly #stores: SqlStores;
  #now = 0;
  #dataVersion: SqliteStatement | undefined;
  /** What has ended the transaction under way before its time. */
  #spoilt: MlperfError | undefined;

  constructor(handle: SqliteHandle) {
    this.handle = handle;
    const db = new Kysely<Database>({ dialect: new NodeSqliteDialect(handle) });
    this.session = new SqlSession(db, sqliteDialect, async () => this.#now);
    this.#stores = createSqlStores(this.session);
  }

  /** Times what follows: the clock is the host's, and comes with each call. */
  setNow(now: number): void {
    this.#now = now;
  }

  run(call: StoreCall): Promise<unknown> {
    this.setNow(call.now);
    return runCall(this.#stores, call);
  }

  /** As {@link run}, inside the transaction under way: a refused call leaves no trace in it. */
  async runInSavepoint(call: StoreCall): Promise<unknown> {
    this.#requireTransaction();
    try {
      this.handle.exec('savepoint call');
      const result = await this.run(call);
      this.handle.exec('release call');
      return result;
    } catch (error) {
      const failure = toStorageError(error);
      this.#leaveSavepoint(failure);
      throw failure;
    }
  }

  /** @throws What has spoilt the transaction; then nothing of it is stored. */
  commit(): void {
    this.#requireTransaction();
    this.handle.exec('commit');
  }

  async requireFence(fence: Fence, now: number): Promise<void> {
    this.setNow(now);
    await this.#stores.leases.requireHeld(fence);
  }

  /** Changes when another connection, of this process or another, has changed the database. */
  dataVersion(): number {
    this.#dataVersion ??= this.handle.prepare('pragma data_version');
    const [row] = this.#dataVersion.all() as { readonly data_version: number }[];
    return row!.data_version;
  }

  rollBack(): void {
    this.#spoilt = undefined;
    try {
      if (this.handle.isTransaction) this.handle.exec('rollback');
    } catch {
      // There is an error on its way already; a connection stuck in a transaction refuses the next `begin`.
    }
  }

  /**
   * After some failures (disk full, I/O) SQLite has rolled back the whole transaction by itself. A savepoint would then
   * begin another, and what follows would be stored without what came before.
   */
  #requireTransaction(): void {
    if (this.handle.isTransaction) return;
    throw this.#spoilt ?? new StorageError('STORAGE_FAILURE', 'the transaction under way has ended by itself');
  }

  #leaveSavepoint(failure: MlperfError): void {
    try {
      if (this.handle.isTransaction) this.handle.exec('rollback to call; release call');
      else this.#spoilt ??= failure;
    } catch {
      this.rollBack();
      this.#spoilt = failure;
    }
  }
}
