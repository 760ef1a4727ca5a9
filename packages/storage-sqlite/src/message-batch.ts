import type { MessagePort, Worker } from 'node:worker_threads';

/** Collects what is to be sent within one turn of microtasks and posts it as one message. */
export class MessageBatch<T> {
  readonly #port: Pick<MessagePort | Worker, 'postMessage'>;
  #items: T[] = [];
  #transfers: ArrayBuffer[] = [];

  constructor(port: Pick<MessagePort | Worker, 'postMessage'>) {
    this.#port = port;
  }

  /** @param bytes - Moved instead of copied if it is an array of bytes with a buffer of its own. */
  add(item: T, bytes?: unknown): void {
    if (this.#items.length === 0) queueMicrotask(() => this.#post());
    this.#items.push(item);
    if (
      bytes instanceof Uint8Array &&
      bytes.buffer instanceof ArrayBuffer &&
      bytes.byteLength === bytes.buffer.byteLength &&
      bytes.byteLength > 0
    ) {
      this.#transfers.push(bytes.buffer);
    }
  }

  #post(): void {
    const items = this.#items;
    const transfers = this.#transfers;
    this.#items = [];
    this.#transfers = [];
    this.#port.postMessage(items, transfers);
  }
}
