import { InterruptedError } from './errors.ts';

/** Time as the library sees it. Inject it: no library logic reads the machine's clock by itself. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms` (at once for ms ≤ 0). @throws {@link InterruptedError} `ABORTED` when `signal` aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. A pending sleep does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(sleepAborted());
      if (ms <= 0) return resolve();
      const onAbort = () => {
        clearTimeout(timer);
        reject(sleepAborted());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      timer.unref();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

interface Sleeper {
  readonly wakeAt: number;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock that moves only when told to: for tests, replays and paper trading. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(startAt = 0) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  /** Moves time to `at` (never backwards), waking every sleeper on the way at its own time, in order. */
  setTime(at: number): void {
    for (;;) {
      const due = this.#sleepers.filter((sleeper) => sleeper.wakeAt <= at);
      if (due.length === 0) break;
      const next = due.reduce((a, b) => (b.wakeAt < a.wakeAt || (b.wakeAt === a.wakeAt && b.order < a.order) ? b : a));
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.wakeAt);
      next.wake();
    }
    this.#now = Math.max(this.#now, at);
  }

  advance(ms: number): void {
    this.setTime(this.#now + ms);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(sleepAborted());
      if (ms <= 0) return resolve();
      const sleeper: Sleeper = {
        wakeAt: this.#now + ms,
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        const index = this.#sleepers.indexOf(sleeper);
        if (index >= 0) this.#sleepers.splice(index, 1);
        reject(sleepAborted());
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function sleepAborted(): InterruptedError {
  return new InterruptedError('ABORTED', 'sleep was aborted');
}
