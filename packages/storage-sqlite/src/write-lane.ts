import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Fence, MigrationReport } from '@mlperf/core';
import {
  accessOf,
  HeldTransaction,
  migrateSchema,
  readSchemaVersion,
  SCHEMA_VERSION,
  type StoreCall,
} from '@mlperf/storage-sql';
import { retryWhileBusy } from './busy-retry.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { toStorageError } from './sqlite-errors.ts';
import { WriterGaps } from './writer-gaps.ts';

/** Calls that share one commit: enough to spread its cost thin, few enough that none waits long for the others. */
const MAX_GROUP_CALLS = 1_000;
const MAX_GROUP_MS = 50;
/** The longest that another process waits for a gap, also as a share of the time after which it gives up. */
const MAX_GAP_EVERY_MS = 1_000;
const MAX_GAP_EVERY_SHARE = 0.2;

interface Settlement<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface CallJob extends Settlement<unknown> {
  readonly kind: 'read' | 'write';
  readonly call: StoreCall;
}

/** Work that has the connection for itself. */
interface ExclusiveJob {
  readonly kind: 'exclusive';
  readonly run: () => Promise<void>;
}

export interface WriteLaneOptions {
  readonly busyTimeoutMs: number;
  readonly transactionTimeoutMs: number;
  /** Whether another process may wait for the write lock. */
  readonly shared: boolean;
}

/**
 * The one writer. Calls that wait are drained into one `BEGIN IMMEDIATE … COMMIT` (group commit), each in its own
 * savepoint, so that a refused call harms no other; none resolves before the commit. Everything runs in the order
 * it came.
 */
export class WriteLane {
  readonly #connection: SqliteConnection;
  readonly #options: WriteLaneOptions;
  readonly #queue: (CallJob | ExclusiveJob)[] = [];
  readonly #gaps: WriterGaps | undefined;
  #draining: Promise<void> | undefined;

  constructor(connection: SqliteConnection, options: WriteLaneOptions) {
    this.#connection = connection;
    this.#options = options;
    if (!options.shared) return;
    this.#gaps = new WriterGaps({
      longestEveryMs: Math.min(MAX_GAP_EVERY_MS, MAX_GAP_EVERY_SHARE * options.busyTimeoutMs),
      dataVersion: () => connection.dataVersion(),
      now: () => performance.now(),
      sleep,
    });
  }

  call(call: StoreCall): Promise<unknown> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: accessOf(call), call, resolve, reject }));
  }

  begin(now: number, fence: Fence | undefined): Promise<HeldTransaction> {
    return new Promise((resolve, reject) => {
      const run = async () => {
        const transaction = await this.#hold(now, fence).catch(reject);
        if (!transaction) return;
        resolve(transaction);
        await transaction.ended;
      };
      this.#enqueue({ kind: 'exclusive', run });
    });
  }

  migrate(now: number): Promise<MigrationReport> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'exclusive', run: () => this.#migrate(now).then(resolve, reject) });
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  #enqueue(job: CallJob | ExclusiveJob): void {
    this.#queue.push(job);
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    this.#gaps?.start();
    while (this.#queue.length > 0) {
      // Lets whatever was sent in the meantime join the group.
      await nextTurn();
      const head = this.#queue[0]!;
      if (head.kind === 'exclusive') {
        this.#queue.shift();
        await head.run();
      } else {
        await this.#runGroup(head.kind);
      }
      await this.#gaps?.leave();
    }
    this.#draining = undefined;
  }

  async #runGroup(kind: CallJob['kind']): Promise<void> {
    const waiting = this.#waiting(kind);
    try {
      await this.#begin(kind === 'read' ? 'begin' : 'begin immediate');
    } catch (error) {
      for (const job of this.#queue.splice(0, waiting) as CallJob[]) job.reject(toStorageError(error));
      return;
    }
    const jobs: CallJob[] = [];
    const settlements: (() => void)[] = [];
    const until = performance.now() + MAX_GROUP_MS;
    do {
      const job = this.#queue.shift() as CallJob;
      jobs.push(job);
      settlements.push(
        await this.#connection.runInSavepoint(job.call).then(
          (value) => () => job.resolve(value),
          (error: unknown) => () => job.reject(error),
        ),
      );
    } while (
      this.#connection.handle.isTransaction &&
      this.#queue[0]?.kind === kind &&
      jobs.length < MAX_GROUP_CALLS &&
      performance.now() < until
    );
    try {
      this.#connection.commit();
    } catch (error) {
      this.#connection.rollBack();
      for (const job of jobs) job.reject(toStorageError(error));
      return;
    }
    for (const settle of settlements) settle();
  }

  /** How many calls of that kind stand at the head of the queue. */
  #waiting(kind: CallJob['kind']): number {
    const other = this.#queue.findIndex((job) => job.kind !== kind);
    return other === -1 ? this.#queue.length : other;
  }

  async #hold(now: number, fence: Fence | undefined): Promise<HeldTransaction> {
    try {
      await this.#begin('begin immediate');
      if (fence !== undefined) await this.#connection.requireFence(fence, now);
      const connection = this.#connection;
      const held = {
        runInSavepoint: (call: StoreCall) => connection.runInSavepoint(call),
        commit: async () => this.#commitHeld(),
        rollBack: () => connection.rollBack(),
      };
      return new HeldTransaction(held, this.#options.transactionTimeoutMs);
    } catch (error) {
      this.#connection.rollBack();
      throw toStorageError(error);
    }
  }

  #commitHeld(): void {
    try {
      this.#connection.commit();
    } catch (error) {
      this.#connection.rollBack();
      throw toStorageError(error);
    }
  }

  async #migrate(now: number): Promise<MigrationReport> {
    const { session } = this.#connection;
    try {
      // The usual case, decided without the write lock: opening must not wait for another process's writes.
      if ((await readSchemaVersion(session.db)) === SCHEMA_VERSION) {
        return { applied: [], schemaVersion: SCHEMA_VERSION };
      }
      await this.#begin('begin immediate');
      this.#connection.setNow(now);
      const report = await migrateSchema(session);
      this.#connection.commit();
      return report;
    } catch (error) {
      this.#connection.rollBack();
      throw toStorageError(error);
    }
  }

  #begin(statement: string): Promise<void> {
    return retryWhileBusy(() => this.#connection.handle.exec(statement), this.#options.busyTimeoutMs);
  }
}
