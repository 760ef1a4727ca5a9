import type { Fence } from '@mlperf/core';
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
import type { SqliteHandle } from './sqlite-handle.ts';

/** An open database with the shared stores on it. One thing at a time may use it: its lane sees to that. */
export class SqliteConnection {
  readonly handle: SqliteHandle;
  readonly session: SqlSession;
  readonly #stores: SqlStores;
  #now = 0;

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
    this.handle.exec('savepoint call');
    try {
      const result = await this.run(call);
      this.handle.exec('release call');
      return result;
    } catch (error) {
      // After some failures (disk full, I/O) SQLite has rolled back the whole transaction by itself.
      if (this.handle.isTransaction) this.handle.exec('rollback to call; release call');
      throw toStorageError(error);
    }
  }

  async requireFence(fence: Fence, now: number): Promise<void> {
    this.setNow(now);
    await this.#stores.leases.requireHeld(fence);
  }

  rollBack(): void {
    try {
      if (this.handle.isTransaction) this.handle.exec('rollback');
    } catch {
      // There is an error on its way already; a connection stuck in a transaction refuses the next `begin`.
    }
  }
}
