import { endedBy } from './ended-by.ts';

/** As many pieces of work at once as the runner takes; whoever asked first goes first. */
export class FitSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #nobodyWaits: (() => void)[] = [];

  constructor(concurrency: number) {
    this.#free = Math.max(1, Math.floor(concurrency));
  }

  /** Resolves when no work waits for a slot. */
  untilNobodyWaits(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#nobodyWaits.push(resolve));
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
        this.#tell();
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
    this.#tell();
  }

  #tell(): void {
    if (this.#waiting.length > 0) return;
    const told = this.#nobodyWaits;
    this.#nobodyWaits = [];
    for (const resolve of told) resolve();
  }
}
