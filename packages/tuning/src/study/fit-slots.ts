import { setImmediate } from 'node:timers/promises';
import { endedBy } from './ended-by.ts';

/** As many pieces of work at once as the runner takes; whoever asked first goes first. */
export class FitSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(concurrency: number) {
    this.#free = Math.max(1, Math.floor(concurrency));
  }

  /** Resolves when work would get a slot at once. */
  async untilFree(): Promise<void> {
    while (this.#free === 0) {
      await this.#changed.promise;
      // A trial whose fold has ended comes first with its next one.
      await setImmediate();
    }
  }

  /** @throws the signal's reason when it aborts, before the work or while it goes on. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    await this.#acquire(signal);
    try {
      signal.throwIfAborted();
      return await endedBy(signal, work());
    } finally {
      this.#release();
    }
  }

  #acquire(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#free++;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
