import type { Clock } from '@mlperf/core';
import type { PostgresClient } from './postgres-handles.ts';

const RETRY_AFTER_MS = 1_000;
const MAX_RETRY_AFTER_MS = 30_000;

/** A connection that does nothing but listen. */
export interface ListeningConnection {
  readonly client: Pick<PostgresClient, 'query' | 'on' | 'removeListener'>;
  close(): Promise<void>;
}

/**
 * Listens on a channel of the server until it is stopped. A connection that breaks, or cannot be made, is replaced after
 * a wait that doubles; what was said in between is made up for by one call.
 */
export class OutboxListener {
  readonly #connect: () => Promise<ListeningConnection>;
  readonly #channel: string;
  readonly #wake: () => void;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(connect: () => Promise<ListeningConnection>, channel: string, wake: () => void, clock: Clock) {
    this.#connect = connect;
    this.#channel = channel;
    this.#wake = wake;
    this.#clock = clock;
    this.#done = this.#run();
  }

  /** Resolves when the connection is closed. Idempotent. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; failures++) {
      if (await this.#listen()) failures = 0;
      const waitMs = Math.min(RETRY_AFTER_MS * 2 ** Math.min(failures, 10), MAX_RETRY_AFTER_MS);
      await this.#clock.sleep(waitMs, signal, { background: true }).catch(() => undefined);
    }
  }

  /** Listens on one connection until it breaks. @returns whether it ever did. */
  async #listen(): Promise<boolean> {
    const { signal } = this.#stopping;
    const broken = Promise.withResolvers<void>();
    const end = () => broken.resolve();
    const hear = ({ channel }: { readonly channel: string }) => {
      if (channel === this.#channel) this.#wake();
    };
    let connection: ListeningConnection | undefined;
    try {
      connection = await this.#connect();
      if (signal.aborted) return false;
      connection.client.on('error', end);
      connection.client.on('end', end);
      connection.client.on('notification', hear);
      await connection.client.query({ text: `listen "${this.#channel}"` });
      this.#wake();
      signal.addEventListener('abort', end, { once: true });
      if (!signal.aborted) await broken.promise;
      return true;
    } catch {
      // Whoever waits for events polls as well, and hears of a server that is away from its own reads.
      return false;
    } finally {
      signal.removeEventListener('abort', end);
      connection?.client.removeListener('notification', hear);
      // Its listener for errors stays: a connection may break while it is being closed.
      await connection?.close().catch(() => undefined);
    }
  }
}
