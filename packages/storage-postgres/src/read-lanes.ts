import type { StoreCall } from '@mlperf/storage-sql';
import { PostgresConnection } from './postgres-connection.ts';
import { isLostConnection, isSilence, isTransient, toStorageError } from './postgres-errors.ts';
import type { PostgresBackend } from './postgres-transaction.ts';

/** A read changes nothing: it may be tried again on another connection. */
const MAX_ATTEMPTS = 3;

/**
 * Reads, side by side: each sees one commit, and none waits for the writer. What is more than the backend may read at
 * once waits for its turn.
 */
export class ReadLanes {
  readonly #backend: PostgresBackend;
  readonly #steered: boolean;
  /** Sessions not in use, with the statements they have compiled. */
  readonly #spare: PostgresConnection[] = [];
  readonly #running = new Set<Promise<unknown>>();
  /** Begin the reads that wait, in order. */
  readonly #waiting = new Set<() => void>();
  #lanes = 0;

  constructor(backend: PostgresBackend, steered: boolean) {
    this.#backend = backend;
    this.#steered = steered;
  }

  call(call: StoreCall): Promise<unknown> {
    return this.run((connection) => connection.run(call));
  }

  /** Runs `work` in a transaction that only reads. @throws What it throws, translated. */
  run<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const running = this.#run(work);
    const settled: Promise<unknown> = running.then(
      () => this.#running.delete(settled),
      () => this.#running.delete(settled),
    );
    this.#running.add(settled);
    return running;
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    if (this.#lanes < this.#backend.maxReads) this.#lanes++;
    else await new Promise<void>((begin) => this.#waiting.add(begin));
    try {
      return await this.#attempt(work);
    } finally {
      const [next] = this.#waiting;
      // Handed on, unless there are fewer lanes than there were.
      if (next === undefined || this.#lanes > this.#backend.maxReads) this.#lanes--;
      else {
        this.#waiting.delete(next);
        next();
      }
    }
  }

  async #attempt<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const connection = this.#spare.pop() ?? new PostgresConnection(this.#steered);
      try {
        connection.use(await this.#backend.begin('read'));
        return await work(connection);
      } catch (error) {
        const again = isTransient(error) || (isLostConnection(error) && !isSilence(error));
        if (attempt >= MAX_ATTEMPTS || !again) throw toStorageError(error);
      } finally {
        await connection.rollBack();
        this.#spare.push(connection);
      }
    }
  }
}
