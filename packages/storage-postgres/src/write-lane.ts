import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Fence } from '@mlperf/core';
import { HeldTransaction, type StoreCall } from '@mlperf/storage-sql';
import { mergeCalls, shareResult } from './merged-calls.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { isLostConnection, isRefusal, isTransient, toStorageError, unknownCommit } from './postgres-errors.ts';
import type { Access, PostgresBackend } from './postgres-transaction.ts';

/** Calls that share one commit: enough to spread its cost thin, few enough that none waits long for the others. */
const MAX_GROUP_CALLS = 1_000;

/** Writers of this schema never meet, but a stranger's lock, or a vacuum, may be in the way. */
const MAX_ATTEMPTS = 5;
const RETRY_AFTER_MS = 20;

interface CallJob {
  readonly kind: 'call';
  readonly call: StoreCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Work that has the connection for itself. */
interface ExclusiveJob {
  readonly kind: 'exclusive';
  readonly run: () => Promise<void>;
}

/**
 * The one writer of this process, and by the schema's lock of all processes while its transaction lasts. Calls that
 * wait share one transaction (group commit); none resolves before the commit. Everything runs in the order it came.
 */
export class WriteLane {
  readonly #backend: PostgresBackend;
  readonly #connection: PostgresConnection;
  readonly #transactionTimeoutMs: number;
  readonly #queue: (CallJob | ExclusiveJob)[] = [];
  #draining: Promise<void> | undefined;

  constructor(backend: PostgresBackend, connection: PostgresConnection, transactionTimeoutMs: number) {
    this.#backend = backend;
    this.#connection = connection;
    this.#transactionTimeoutMs = transactionTimeoutMs;
  }

  call(call: StoreCall): Promise<unknown> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'call', call, resolve, reject }));
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

  /** Runs `work` in a transaction of its own, that may take its time. @throws What it throws, translated. */
  migrate<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = () =>
        this.#transact('migrate', () => work(this.#connection)).then(resolve, (error: unknown) =>
          reject(toStorageError(error)),
        );
      this.#enqueue({ kind: 'exclusive', run });
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
    while (this.#queue.length > 0) {
      // Lets whatever is called in the meantime join the group.
      await nextTurn();
      const head = this.#queue[0]!;
      if (head.kind === 'exclusive') {
        this.#queue.shift();
        await head.run();
      } else {
        await this.#runGroup(this.#takeGroup());
      }
    }
    this.#draining = undefined;
  }

  #takeGroup(): readonly CallJob[] {
    const end = this.#queue.findIndex((job) => job.kind !== 'call');
    const waiting = end === -1 ? this.#queue.length : end;
    return this.#queue.splice(0, Math.min(waiting, MAX_GROUP_CALLS)) as CallJob[];
  }

  /** As a whole, and if one call spoils it, once more with each call on its own. */
  async #runGroup(jobs: readonly CallJob[]): Promise<void> {
    try {
      const results = await this.#transact('write', () => this.#runMerged(jobs));
      jobs.forEach((job, i) => {
        job.resolve(results[i]);
      });
    } catch (error) {
      if (isRefusal(error) && jobs.length > 1) await this.#runEach(jobs);
      else for (const job of jobs) job.reject(toStorageError(error));
    }
  }

  async #runMerged(jobs: readonly CallJob[]): Promise<readonly unknown[]> {
    const results = new Array<unknown>(jobs.length);
    for (const merged of mergeCalls(jobs.map((job) => job.call))) {
      const result = await this.#connection.run(merged.call);
      shareResult(merged, result, (index, share) => {
        results[index] = share;
      });
    }
    return results;
  }

  async #runEach(jobs: readonly CallJob[]): Promise<void> {
    try {
      const settlements = await this.#transact('write', async () => {
        const settled: (() => void)[] = [];
        for (const job of jobs) {
          settled.push(
            await this.#connection.runInSavepoint(job.call).then(
              (value) => () => job.resolve(value),
              (error: unknown) => {
                // What is not this call's fault alone ends the transaction for all.
                if (!isRefusal(error)) throw error;
                return () => job.reject(error);
              },
            ),
          );
        }
        return settled;
      });
      for (const settle of settlements) settle();
    } catch (error) {
      for (const job of jobs) job.reject(toStorageError(error));
    }
  }

  /** Runs `work` in a transaction, again after a serialisation failure or a deadlock. */
  async #transact<T>(access: Access, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#connection.use(await this.#backend.begin(access));
        const result = await work();
        await this.#commit();
        return result;
      } catch (error) {
        await this.#connection.rollBack();
        const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
        if (attempt >= MAX_ATTEMPTS || !isTransient(cause)) throw error;
      }
      await sleep(RETRY_AFTER_MS * attempt);
    }
  }

  async #commit(): Promise<void> {
    try {
      await this.#connection.commit();
    } catch (error) {
      throw isLostConnection(error) ? unknownCommit(error) : error;
    }
  }

  async #hold(now: number, fence: Fence | undefined): Promise<HeldTransaction> {
    try {
      this.#connection.use(await this.#backend.begin('write'));
      if (fence !== undefined) await this.#connection.requireFence(fence, now);
      const connection = this.#connection;
      const held = {
        runInSavepoint: (call: StoreCall) => connection.runInSavepoint(call),
        commit: () => this.#commitHeld(),
        rollBack: () => connection.rollBack(),
      };
      return new HeldTransaction(held, this.#transactionTimeoutMs);
    } catch (error) {
      await this.#connection.rollBack();
      throw toStorageError(error);
    }
  }

  async #commitHeld(): Promise<void> {
    try {
      await this.#connection.commit();
    } catch (error) {
      throw isLostConnection(error) ? unknownCommit(error) : toStorageError(error);
    }
  }
}
