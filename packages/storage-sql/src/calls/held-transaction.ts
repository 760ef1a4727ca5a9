import { InterruptedError, type MlperfError, StorageError } from '@mlperf/core';
import type { ChannelTransaction, StoreCall } from './call-channel.ts';

/** A connection inside a transaction that has begun. Its errors are typed ones. */
export interface TransactionConnection {
  /** A refused call leaves no trace in the transaction. */
  runInSavepoint(call: StoreCall): Promise<unknown>;
  /** @throws What kept it from committing; the transaction has ended then too. */
  commit(): Promise<void>;
  rollBack(): void | Promise<void>;
}

/**
 * A transaction whose statements come from outside, one by one. It holds the writer until it ends; if its host has
 * forgotten it, it ends by itself.
 */
export class HeldTransaction implements ChannelTransaction {
  /** Resolves when the writer is free again. */
  readonly ended: Promise<void>;
  readonly #connection: TransactionConnection;
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  #tail: Promise<unknown> = Promise.resolve();
  #open = true;
  #overdue: MlperfError | undefined;

  constructor(connection: TransactionConnection, timeoutMs: number) {
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
        await this.#connection.commit();
      } finally {
        this.#finish();
      }
    });
  }

  rollback(): Promise<void> {
    return this.#next(async () => {
      try {
        await this.#connection.rollBack();
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
    this.#tail = this.#tail.then(async () => {
      if (!this.#open) return;
      this.#overdue = new InterruptedError(
        'DEADLINE_EXCEEDED',
        `a transaction must end within ${timeoutMs} ms, since all writers wait for it; it was rolled back`,
      );
      await this.#connection.rollBack();
      this.#finish();
    });
  }

  #finish(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#end();
  }
}
