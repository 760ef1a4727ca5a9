import { type Fence, type MlperfError, StorageError } from '@mlperf/core';
import {
  createSqlStores,
  type Database,
  runCall,
  SqlSession,
  type SqlStores,
  type StoreCall,
} from '@mlperf/storage-sql';
import { Kysely, sql } from 'kysely';
import { copyText } from './copy-text.ts';
import { KyselyPostgresDialect } from './kysely-postgres-dialect.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { toStorageError } from './postgres-errors.ts';
import type { PostgresTransaction } from './postgres-transaction.ts';

/** The shared stores, over one transaction after another. One thing at a time may use it. */
export class PostgresConnection {
  readonly session: SqlSession;
  readonly #stores: SqlStores;
  #transaction: PostgresTransaction | undefined;
  #inSavepoint = false;
  /** Of a statement between two calls of the transaction. */
  #failure: MlperfError | undefined;
  #now = 0;

  readonly #outboxChannel: string | undefined;

  /**
   * @param steered - Whether the host's clock times leases; else the server's does.
   * @param outboxChannel - Where other processes hear of events appended here.
   */
  constructor(steered: boolean, outboxChannel?: string) {
    this.#outboxChannel = outboxChannel;
    const db = new Kysely<Database>({
      dialect: new KyselyPostgresDialect(() => {
        if (this.#transaction === undefined) throw new Error('no transaction is under way');
        return this.#transaction;
      }),
    });
    this.session = new SqlSession(
      db,
      postgresDialect,
      steered ? async () => this.#now : () => this.#serverNow(),
      async (table, columns, rows) => {
        const { canCopy } = this.#transaction!;
        if (canCopy) await this.#transaction!.copyIn(table, columns, copyText(rows));
        return canCopy;
      },
    );
    this.#stores = createSqlStores(this.session);
  }

  /** From now on the stores work in this transaction. */
  use(transaction: PostgresTransaction): void {
    this.#transaction = transaction;
    this.#inSavepoint = false;
    this.#failure = undefined;
  }

  setNow(now: number): void {
    this.#now = now;
  }

  async run(call: StoreCall): Promise<unknown> {
    this.setNow(call.now);
    const result = await runCall(this.#stores, call);
    if (this.#outboxChannel !== undefined && call.store === 'outbox' && call.method === 'append') {
      // Sent when the transaction commits, and only then; once, however often it is said.
      await this.#transaction!.exec(`notify "${this.#outboxChannel}"`);
    }
    return result;
  }

  /** As {@link run}: a refused call leaves no trace in the transaction. @throws The error, translated. */
  async runInSavepoint(call: StoreCall): Promise<unknown> {
    // The one before is given up only now, in the same message.
    await this.#control(this.#inSavepoint ? 'release savepoint call; savepoint call' : 'savepoint call');
    this.#inSavepoint = true;
    try {
      return await this.run(call);
    } catch (error) {
      this.session.months.forget();
      await this.#control('rollback to savepoint call');
      throw toStorageError(error);
    }
  }

  /** Moves between savepoints. Where that fails nobody knows which calls are left: then the transaction is over. */
  async #control(statements: string): Promise<void> {
    this.#requireIntact();
    try {
      await this.#transaction!.exec(statements);
    } catch (error) {
      this.#failure = toStorageError(error);
      this.#requireIntact();
    }
  }

  #requireIntact(): void {
    if (this.#failure === undefined) return;
    const message = `the transaction was rolled back, since a statement between its calls failed: ${this.#failure.message}`;
    throw new StorageError('STORAGE_FAILURE', message, { cause: this.#failure.cause });
  }

  async requireFence(fence: Fence, now: number): Promise<void> {
    this.setNow(now);
    await this.#stores.leases.requireHeld(fence);
  }

  async rollBack(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    this.session.months.forget();
    await transaction?.rollback();
  }

  /** @throws The driver's error; nothing is stored then, unless the connection was lost. */
  async commit(): Promise<void> {
    if (this.#failure !== undefined) {
      await this.rollBack();
      this.#requireIntact();
    }
    const transaction = this.#transaction!;
    this.#transaction = undefined;
    try {
      await transaction.commit();
    } catch (error) {
      this.session.months.forget();
      throw error;
    }
  }

  async #serverNow(): Promise<number> {
    const { rows } = await sql<{
      now: number;
    }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(this.session.db);
    return rows[0]!.now;
  }
}
