import { type Clock, InterruptedError } from '@mlperf/core';

/**
 * One budget of time for several pieces of work, measured on a clock of its own. Work that does not end in time is
 * told to by its signal and no longer waited for.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #endsAt: number;
  readonly #budgetMs: number;

  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
    this.#endsAt = clock.now() + budgetMs;
  }

  /** What is left of the budget, at least 1 ms: an executor refuses none. */
  get remainingMs(): number {
    return Math.max(1, this.#endsAt - this.#clock.now());
  }

  /**
   * Runs `work`, whose signal aborts with any of `signals` or at the deadline.
   * @param graceMs - Waited beyond the deadline, for work that keeps it by itself and says so better.
   * @throws {@link InterruptedError} `DEADLINE_EXCEEDED`; the reason of the signal that aborted; what `work` throws.
   */
  async run<T>(
    subject: string,
    signals: readonly AbortSignal[],
    work: (signal: AbortSignal) => Promise<T>,
    graceMs = 0,
  ): Promise<T> {
    const end = new AbortController();
    const signal = AbortSignal.any([...signals, end.signal]);
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const done = new AbortController();
    this.#clock.sleep(this.remainingMs + graceMs, done.signal, { background: true }).then(
      () => end.abort(this.#exceeded(subject)),
      () => undefined,
    );
    try {
      return await Promise.race([aborted, work(signal)]);
    } finally {
      done.abort();
    }
  }

  #exceeded(subject: string): InterruptedError {
    return new InterruptedError('DEADLINE_EXCEEDED', `${subject} must end within ${this.#budgetMs} ms; it did not`);
  }
}
