import { InterruptedError, type MlperfError, StorageError } from '@mlperf/core';
import type { ChannelTransaction, StoreCall } from '@mlperf/storage-sql';
import type { SqliteConnection } from './sqlite-connection.ts';
import { toStorageError } from './sqlite-errors.ts';

/**
 * A transaction whose statements come from outside, one by one. It holds the writer until it ends; if its host has
 * forgotten it, it ends by itself.
 */
export class HeldTransaction implements ChannelTransaction {
  /** Resolves when the writer is free again. */
  readonly ended: Promise<void>;
  readonly #connection: SqliteConnection;
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  #tail: Promise<unknown> = Promise.resolve();
  #open = true;
  #overdue: MlperfError | undefined;

  constructor(connection: SqliteConnection, timeoutMs: number) {
    this.#connection = connection;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
  }

  call(call: StoreCall): Promise<unknown> {
    return this.#next(() => this.#connection.runInSavepoint(call));
  }

  commit(): Promise<void> {
    return this.#next(async () => {
      try {
        this.#connection.commit();
      } catch (error) {
        this.#connection.rollBack();
        throw toStorageError(error);
      } finally {
        this.#finish();
      }
    });
  }

  rollback(): Promise<void> {
    return this.#next(async () => {
      try {
        this.#connection.rollBack();
      } finally {
        this.#finish();
      }
    });
  }

  /** Runs `work` after all that was asked before, whether that succeeded or not. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => {
      if (!this.#open) throw this.#overdue ?? new StorageError('CLOSED', 'the transaction has ended');
      return work();
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #expire(timeoutMs: number): void {
    this.#tail = this.#tail.then(() => {
      if (!this.#open) return;
      this.#overdue = new InterruptedError(
        'DEADLINE_EXCEEDED',
        `a transaction must end within ${timeoutMs} ms, since all writers wait for it; it was rolled back`,
      );
      this.#connection.rollBack();
      this.#finish();
    });
  }

  #finish(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#end();
  }
}
