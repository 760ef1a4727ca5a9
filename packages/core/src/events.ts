import { EventEmitter } from 'eventemitter3';

/** What it returns is not used; a promise that rejects is reported like a throw. */
export type Listener<Payload> = (payload: Payload) => unknown;

/** Told of a listener that threw or rejected. What it throws, or rejects with, is dropped. */
export type ListenerErrorHandler = (error: unknown, event: string) => void;

/** The reading side of an emitter: what a public class exposes. */
export interface EventSource<Events extends object> {
  /** Calls `listener` with every later `event`. @returns a function that ends the subscription. */
  on<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): () => void;
}

/**
 * Typed events on eventemitter3. Only its owner emits. Each listener is guarded: one that throws
 * or rejects reaches `onListenerError`, stops no other listener and never lands in the owner's code.
 */
export class TypedEmitter<Events extends object> implements EventSource<Events> {
  readonly #emitter = new EventEmitter();
  readonly #onListenerError: ListenerErrorHandler;

  /** @param onListenerError - Default: a process warning, so that a broken listener is never silent. */
  constructor(onListenerError: ListenerErrorHandler = warnOfListenerError) {
    this.#onListenerError = onListenerError;
  }

  on<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): () => void {
    const guarded = (payload: Events[Name]) => {
      try {
        const result = listener(payload);
        if (isThenable(result)) {
          result.then(undefined, (error: unknown) => this.#report(error, event));
        }
      } catch (error) {
        this.#report(error, event);
      }
    };
    this.#emitter.on(event, guarded);
    return () => {
      this.#emitter.off(event, guarded);
    };
  }

  /** Whether anybody listens: a payload that costs something need not be made for nobody. */
  hears(event: keyof Events & string): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): void {
    this.#emitter.emit(event, payload);
  }

  removeAllListeners(): void {
    this.#emitter.removeAllListeners();
  }

  #report(error: unknown, event: string): void {
    // A handler that fails has had its chance: our caller, and the process, must not pay for it.
    try {
      const result: unknown = this.#onListenerError(error, event);
      if (isThenable(result)) result.then(undefined, () => undefined);
    } catch {}
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function warnOfListenerError(error: unknown, event: string): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`a listener of '${event}' failed: ${detail}`, { type: 'MlperfListenerWarning' });
}
