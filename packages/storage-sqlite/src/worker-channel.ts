import { Worker } from 'node:worker_threads';
import { type Durability, type Fence, type MigrationReport, StorageError } from '@mlperf/core';
import type { CallChannel, ChannelTransaction, StoreCall } from '@mlperf/storage-sql';
import { unpackError } from './error-transfer.ts';
import { MessageBatch } from './message-batch.ts';
import { packCall, unpackAnswer } from './packed-calls.ts';
import type { OpenedInfo, ReplyBatch, WorkerRequest, WorkerSettings } from './worker-protocol.ts';

/** Calls that may wait at once. A host that lets more pile up has stopped listening to its storage. */
const MAX_PENDING = 100_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A storage engine in a worker thread, seen from the host's. */
export class WorkerChannel implements CallChannel {
  readonly #worker: Worker;
  readonly #requests: MessageBatch<{ readonly id: number; readonly request: WorkerRequest }>;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #info: OpenedInfo = { durability: 'none', multiProcess: false };
  #lastId = 0;
  #dead: StorageError | undefined;

  /** Starts the worker and opens the database. @throws What opening it throws, after the worker has ended. */
  static async open(settings: WorkerSettings): Promise<WorkerChannel> {
    const channel = new WorkerChannel(settings);
    try {
      channel.#info = (await channel.#send({ kind: 'open' })) as OpenedInfo;
      return channel;
    } catch (error) {
      await channel.terminate();
      throw error;
    }
  }

  private constructor(settings: WorkerSettings) {
    this.#worker = new Worker(workerUrl(), {
      workerData: settings,
      ...workerArguments(),
      name: 'mlperf-sqlite',
    });
    this.#requests = new MessageBatch(this.#worker);
    this.#worker.on('message', (replies: ReplyBatch) => this.#receive(replies));
    this.#worker.on('error', (error: unknown) => this.#die(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#die(new Error(`the worker thread ended with code ${code}`));
        resolve();
      });
    });
  }

  get durability(): Durability {
    return this.#info.durability;
  }

  get multiProcess(): boolean {
    return this.#info.multiProcess;
  }

  call(call: StoreCall): Promise<unknown> {
    return this.#call(call, {});
  }

  async begin(options: { readonly now: number; readonly fence: Fence | undefined }): Promise<ChannelTransaction> {
    const transaction = this.#lastId + 1;
    await this.#send({ kind: 'begin', ...options });
    return {
      call: (call) => this.#call(call, { transaction }),
      commit: async () => void (await this.#send({ kind: 'commit', transaction })),
      rollback: async () => void (await this.#send({ kind: 'rollback', transaction })),
    };
  }

  async migrate(now: number): Promise<MigrationReport> {
    return (await this.#send({ kind: 'migrate', now })) as MigrationReport;
  }

  async close(): Promise<void> {
    await this.#send({ kind: 'close' });
    // Its locks are gone only once it is.
    this.#worker.ref();
    await this.#exited;
  }

  /** Ends the worker at once. What waits is refused; SQLite rolls back what was not committed. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  async #call(call: StoreCall, within: { readonly transaction?: number }): Promise<unknown> {
    const packed = packCall(call);
    return unpackAnswer(packed, await this.#send({ kind: 'call', call: packed, ...within }, call.args[0]));
  }

  /** @param bytes - Moved instead of copied, if it is an array of bytes. */
  #send(request: WorkerRequest, bytes?: unknown): Promise<unknown> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    if (this.#pending.size >= MAX_PENDING) {
      const message = `at most ${MAX_PENDING} calls may wait for the storage; that many do`;
      return Promise.reject(new StorageError('STORAGE_FAILURE', message));
    }
    // An idle storage does not keep the process alive; one with work to do does.
    if (this.#pending.size === 0) this.#worker.ref();
    const id = ++this.#lastId;
    this.#requests.add({ id, request }, bytes);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #receive(replies: ReplyBatch): void {
    for (const reply of replies) {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.ok) pending?.resolve(reply.value);
      else pending?.reject(unpackError(reply.error));
    }
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #die(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#dead ??= new StorageError('STORAGE_FAILURE', `the storage's worker thread has died: ${reason}`, { cause });
    for (const { reject } of this.#pending.values()) reject(this.#dead);
    this.#pending.clear();
  }
}

/** The worker's module lies beside this one, in the sources as in both builds. */
function workerUrl(): URL {
  const extension = /\.[cm]?[jt]s$/.exec(new URL(import.meta.url).pathname)?.[0] ?? '.js';
  return new URL(`./sqlite-worker${extension}`, import.meta.url);
}

/**
 * A worker inherits its host's arguments, unless it is given a list of its own: where the host (a test runner) finds
 * sources by other means than the condition, and where it runs a script given as text, which a worker does not.
 */
function workerArguments(): { execArgv?: string[] } {
  const conditions = import.meta.url.endsWith('.ts') ? ['--conditions=@mlperf/source'] : [];
  const inherits =
    conditions.every((condition) => process.execArgv.includes(condition)) &&
    !process.execArgv.some((argument) => argument.startsWith('--input-type'));
  return inherits ? {} : { execArgv: conditions };
}
