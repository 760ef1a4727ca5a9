import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoreCall } from '@mlperf/storage-sql';
import { retryWhileBusy } from './busy-retry.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { toStorageError } from './sqlite-errors.ts';

/** After this long without a break, other work of the thread gets its turn. */
const MAX_TURN_MS = 10;

/** Reads on a connection of their own: each sees the last commit, and none waits for the writer. */
export class ReadLane {
  readonly #connection: SqliteConnection;
  readonly #busyTimeoutMs: number;
  #tail: Promise<unknown> = Promise.resolve();
  #turnStartedAt = 0;

  constructor(connection: SqliteConnection, busyTimeoutMs: number) {
    this.#connection = connection;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  call(call: StoreCall): Promise<unknown> {
    const result = this.#tail.then(() => this.#run(call));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async idle(): Promise<void> {
    await this.#tail;
  }

  async #run(call: StoreCall): Promise<unknown> {
    if (performance.now() - this.#turnStartedAt > MAX_TURN_MS) {
      await nextTurn();
      this.#turnStartedAt = performance.now();
    }
    try {
      return await retryWhileBusy(() => this.#readOnce(call), this.#busyTimeoutMs);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async #readOnce(call: StoreCall): Promise<unknown> {
    this.#connection.handle.exec('begin');
    try {
      return await this.#connection.run(call);
    } finally {
      this.#connection.rollBack();
    }
  }
}
