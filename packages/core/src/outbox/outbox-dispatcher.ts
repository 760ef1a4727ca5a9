import { hostname } from 'node:os';
import type { Clock } from '../clock.ts';
import { InvalidInputError, MlperfError } from '../errors.ts';
import { type Listener, type ListenerErrorHandler, TypedEmitter } from '../events.ts';
import type { PerformanceStorage } from '../ports/storage.ts';
import { requireKey } from '../records/lookup.ts';
import type { OutboxEvent } from '../types/outbox-event.ts';
import { LeaseTenure } from './lease-tenure.ts';

const DEFAULT_POLL_EVERY_MS = 1_000;
const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_RETRY_AFTER_MS = 1_000;
const DEFAULT_MAX_RETRY_AFTER_MS = 60_000;
const DEFAULT_BATCH_SIZE = 100;
const MAX_LEASE_MS = 86_400_000;

/** What a handler may want to know beside the event. */
export interface DeliveryContext {
  /** Aborts when the dispatcher stops, or has lost its lease to another process. A handler may finish all the same. */
  readonly signal: AbortSignal;
  /** 1 for the first try in this process. */
  readonly attempt: number;
}

/** Has delivered an event when it returns, or when its promise resolves. */
export type OutboxHandler = (event: OutboxEvent, context: DeliveryContext) => unknown;

export interface OutboxDispatcherOptions {
  readonly storage: PerformanceStorage;
  /** Names the reader: all dispatchers of one name, in all processes, deliver each event once between them. */
  readonly consumer: string;
  readonly handle: OutboxHandler;
  /** Times polls, retries and renewals; default: the storage's. */
  readonly clock?: Clock;
  /** Shown with the lease; default: host name and process id. */
  readonly owner?: string;
  /** How often to look where nobody tells of new events, milliseconds. Default 1,000. */
  readonly pollEveryMs?: number;
  /** How long after a crash another process takes over, milliseconds, up to 86,400,000. Default 30,000. */
  readonly leaseMs?: number;
  /** The first wait after a failure, milliseconds; each one more in a row doubles it. Default 1,000. */
  readonly retryAfterMs?: number;
  /** The longest wait, milliseconds. Default 60,000. */
  readonly maxRetryAfterMs?: number;
  /** Events read at once, 1 to 1,000. Default 100. */
  readonly batchSize?: number;
  readonly onListenerError?: ListenerErrorHandler;
}

export interface OutboxDispatcherEvents {
  /** The handler has taken it, and that is stored. */
  'event-delivered': { readonly event: OutboxEvent; readonly attempt: number };
  /** The handler threw or rejected; it is called again. */
  'delivery-failed': {
    readonly event: OutboxEvent;
    readonly error: unknown;
    readonly attempt: number;
    readonly retryAfterMs: number;
  };
  /** The storage could not be read or written, or another process has taken over; the dispatcher begins anew. */
  'storage-failed': { readonly error: unknown; readonly retryAfterMs: number };
}

/**
 * Delivers the events of a storage's outbox to one consumer: each at least once, one at a time, in the order of their
 * sequences, and so in order per model name.
 *
 * A lease lets one process at a time work for a consumer; others stand by. An event counts as delivered when its handler
 * has succeeded and that is stored; a crash in between delivers it again, so a handler knows an event by its `sequence`.
 * A handler that fails is called again, after a wait that doubles, and what comes later waits: to give an event up, it
 * returns. Events are seen soon after their commit where the storage tells, else at the next poll.
 *
 * @example
 * const dispatcher = OutboxDispatcher.start({
 *   storage,
 *   consumer: 'pager',
 *   handle: async (event, { signal }) => page(event.modelName, event.type, event.payload, signal),
 * });
 * await dispatcher.stop(); // after the event under way
 */
export class OutboxDispatcher {
  readonly consumer: string;
  readonly #options: Required<Omit<OutboxDispatcherOptions, 'onListenerError'>>;
  readonly #emitter: TypedEmitter<OutboxDispatcherEvents>;
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #done: Promise<void>;
  /** Whether events were told of since the last read. */
  #told = false;
  #wake: (() => void) | undefined;

  /** @throws {@link InvalidInputError} `INVALID_CONFIG`; `INVALID_QUERY` for what no consumer can be called. */
  static start(options: OutboxDispatcherOptions): OutboxDispatcher {
    return new OutboxDispatcher(options);
  }

  private constructor(options: OutboxDispatcherOptions) {
    this.#options = withDefaults(options);
    this.consumer = options.consumer;
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#unsubscribe = options.storage.onOutboxAppended(() => {
      this.#told = true;
      this.#wake?.();
    });
    this.#done = this.#run();
  }

  on<Name extends keyof OutboxDispatcherEvents>(
    event: Name,
    listener: Listener<OutboxDispatcherEvents[Name]>,
  ): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Resolves when the dispatcher has stopped: because it was asked to, or because its storage was closed. */
  get stopped(): Promise<void> {
    return this.#done;
  }

  /** Lets the handler under way finish, acknowledges what it took, and frees the lease. Idempotent; never rejects. */
  stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    return this.#done;
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { storage, clock, consumer, owner, leaseMs, pollEveryMs } = this.#options;
    const request = { lease: leaseOf(consumer), owner, ttlMs: leaseMs };
    let failures = 0;
    while (!this.#isStopping) {
      try {
        const tenure = await LeaseTenure.take(storage.leases, clock, request);
        if (tenure === undefined) {
          await this.#sleep(pollEveryMs);
          continue;
        }
        try {
          await this.#work(tenure, () => {
            failures = 0;
          });
        } finally {
          await tenure.end();
        }
      } catch (error) {
        const retryAfterMs = this.#waitAfter(++failures);
        this.#emitter.emit('storage-failed', { error, retryAfterMs });
        if (MlperfError.is(error) && error.code === 'CLOSED') break;
        await this.#sleep(retryAfterMs);
      }
    }
    this.#unsubscribe();
  }

  /** Delivers until told to stop. @throws What the storage throws, and `FENCED` when the lease is lost. */
  async #work(tenure: LeaseTenure, onProgress: () => void): Promise<void> {
    const { storage, consumer, batchSize, pollEveryMs } = this.#options;
    // From now on the removal of delivered events waits for this consumer.
    await this.#acknowledge(tenure, 0);
    while (!this.#isStopping) {
      this.#told = false;
      const events = await storage.outbox.read({ consumer, limit: batchSize });
      onProgress();
      for (const event of events) {
        const attempt = await this.#deliver(event, tenure);
        if (attempt === undefined) return;
        await this.#acknowledge(tenure, event.sequence);
        this.#emitter.emit('event-delivered', { event, attempt });
        if (this.#isStopping) return;
      }
      if (events.length === 0) await this.#untilTold(pollEveryMs, tenure.lost);
      tenure.requireHeld();
    }
  }

  /** Calls the handler until it succeeds. @returns the attempt that did; `undefined` when told to stop first. */
  async #deliver(event: OutboxEvent, tenure: LeaseTenure): Promise<number | undefined> {
    const signal = AbortSignal.any([this.#stopping.signal, tenure.lost]);
    for (let attempt = 1; ; attempt++) {
      tenure.requireHeld();
      try {
        await this.#options.handle(event, { signal, attempt });
        return attempt;
      } catch (error) {
        const retryAfterMs = this.#waitAfter(attempt);
        this.#emitter.emit('delivery-failed', { event, error, attempt, retryAfterMs });
        await this.#sleep(retryAfterMs, tenure.lost);
        if (this.#isStopping) return undefined;
      }
    }
  }

  /** In a transaction of its own that a late owner cannot commit. */
  #acknowledge({ fence }: LeaseTenure, sequence: number): Promise<void> {
    const { storage, consumer } = this.#options;
    return storage.transaction((tx) => tx.outbox.ack(consumer, sequence), { fence });
  }

  #waitAfter(failures: number): number {
    const { retryAfterMs, maxRetryAfterMs } = this.#options;
    return Math.min(retryAfterMs * 2 ** Math.min(failures - 1, 30), maxRetryAfterMs);
  }

  /** Ends early when told to stop, or when `lost` aborts. */
  async #sleep(ms: number, lost?: AbortSignal): Promise<void> {
    const { signal } = this.#stopping;
    const ends = lost === undefined ? signal : AbortSignal.any([signal, lost]);
    await this.#options.clock.sleep(ms, ends).catch(() => undefined);
  }

  /** As {@link #sleep}, and ends when events were told of since the last read. */
  async #untilTold(ms: number, lost: AbortSignal): Promise<void> {
    if (this.#told) return;
    const told = new AbortController();
    this.#wake = () => told.abort();
    await this.#sleep(ms, AbortSignal.any([told.signal, lost]));
    this.#wake = undefined;
  }
}

function withDefaults(options: OutboxDispatcherOptions): Required<Omit<OutboxDispatcherOptions, 'onListenerError'>> {
  if (typeof options.handle !== 'function') {
    throw new InvalidInputError('INVALID_CONFIG', `handle must be a function; got ${typeof options.handle}`);
  }
  const retryAfterMs = requireWhole(options.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS, 'retryAfterMs');
  return {
    storage: options.storage,
    consumer: requireConsumer(options.consumer),
    handle: options.handle,
    clock: options.clock ?? options.storage.clock,
    owner: requireKey(options.owner ?? `${hostname()}:${process.pid}`, 'owner'),
    pollEveryMs: requireWhole(options.pollEveryMs ?? DEFAULT_POLL_EVERY_MS, 'pollEveryMs'),
    leaseMs: requireWhole(options.leaseMs ?? DEFAULT_LEASE_MS, 'leaseMs', MAX_LEASE_MS),
    retryAfterMs,
    maxRetryAfterMs: Math.max(
      retryAfterMs,
      requireWhole(options.maxRetryAfterMs ?? DEFAULT_MAX_RETRY_AFTER_MS, 'maxRetryAfterMs'),
    ),
    batchSize: requireWhole(options.batchSize ?? DEFAULT_BATCH_SIZE, 'batchSize', 1_000),
  };
}

/** Its lease's name must be a key too. */
function requireConsumer(consumer: string): string {
  requireKey(consumer, 'consumer');
  requireKey(leaseOf(consumer), 'consumer');
  return consumer;
}

function leaseOf(consumer: string): string {
  return `outbox ${consumer}`;
}

function requireWhole(value: number, name: string, max = 2 ** 31 - 1): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new InvalidInputError('INVALID_CONFIG', `${name} must be a whole number from 1 to ${max}; got ${value}`);
  }
  return value;
}
