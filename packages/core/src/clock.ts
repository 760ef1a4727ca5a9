import { InterruptedError, InvalidInputError } from './errors.ts';

/** The longest delay `setTimeout` holds; it takes a longer one for 1 ms. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** Time as the library sees it. Inject it: no library logic reads the machine's clock by itself. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Resolves after `ms` (at once for ms ≤ 0, never for Infinity).
   * @throws {@link InterruptedError} `ABORTED` when `signal` aborts first; {@link InvalidInputError} `NOT_FINITE` for NaN.
   */
  sleep(ms: number, signal?: AbortSignal, options?: SleepOptions): Promise<void>;
}

export interface SleepOptions {
  /** A sleep nobody waits for, such as a heartbeat's: it does not keep the process alive. Default false. */
  readonly background?: boolean;
}

/** The machine's clock. A sleep of months is as good as one of seconds. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal, options = {}) {
    return new Promise((resolve, reject) => {
      if (Number.isNaN(ms)) return reject(notATime(ms));
      if (signal?.aborted) return reject(sleepAborted());
      if (ms <= 0) return resolve();
      let left = ms;
      let timer: NodeJS.Timeout;
      const onAbort = () => {
        clearTimeout(timer);
        reject(sleepAborted());
      };
      const wait = () => {
        const part = Math.min(left, LONGEST_TIMEOUT_MS);
        left -= part;
        timer = setTimeout(left > 0 ? wait : wake, part);
        if (options.background) timer.unref();
      };
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      wait();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that moves only when told to: for tests, replays and paper trading. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  /** @throws {@link InvalidInputError} `NOT_FINITE`. */
  constructor(startAt = 0) {
    if (!Number.isFinite(startAt)) throw notATime(startAt);
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  /**
   * Moves time to `at` (never backwards) and wakes every sleeper due by then, earliest first. What awaits a sleep goes
   * on after this call, and then sees the new time.
   * @throws {@link InvalidInputError} `NOT_FINITE`.
   */
  setTime(at: number): void {
    if (!Number.isFinite(at)) throw notATime(at);
    this.#now = Math.max(this.#now, at);
    const due = this.#sleepers.filter((sleeper) => sleeper.wakeAt <= this.#now);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.wakeAt > this.#now);
    // A stable sort: those due at one time wake in the order they fell asleep.
    for (const sleeper of due.sort((a, b) => a.wakeAt - b.wakeAt)) sleeper.wake();
  }

  /** Moves time on by `ms`; a negative `ms` changes nothing. @throws as {@link ManualClock.setTime}. */
  advance(ms: number): void {
    this.setTime(this.#now + ms);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (Number.isNaN(ms)) return reject(notATime(ms));
      if (signal?.aborted) return reject(sleepAborted());
      if (ms <= 0) return resolve();
      const sleeper: Sleeper = {
        wakeAt: this.#now + ms,
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

function notATime(value: number): InvalidInputError {
  return new InvalidInputError('NOT_FINITE', `a time must be a finite number of milliseconds; got ${value}`);
}
