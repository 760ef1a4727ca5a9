import { type ExecutorRunOptions, InterruptedError, InvalidInputError, type MlperfError } from '@mlperf/core';

/** The longest delay a Node timer keeps; beyond it, a timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One request's reasons to end early: the caller's signal, the deadline, or the executor itself. The first one counts. */
export class WorkStop {
  readonly #controller = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  readonly #deadlineMs: number | undefined;
  readonly #onCallerAbort = () =>
    this.stop(new InterruptedError('ABORTED', 'the work was aborted', { cause: this.#callerSignal?.reason }));
  #error: MlperfError | undefined;
  #deadlineAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` for a deadline that no timer keeps. */
  constructor({ signal, deadlineMs }: ExecutorRunOptions) {
    if (deadlineMs !== undefined && !(deadlineMs > 0 && deadlineMs <= LONGEST_TIMER_MS)) {
      throw new InvalidInputError('OUT_OF_RANGE', `deadlineMs must be in (0, ${LONGEST_TIMER_MS}]; got ${deadlineMs}`);
    }
    this.#callerSignal = signal;
    this.#deadlineMs = deadlineMs;
    if (signal?.aborted) this.#onCallerAbort();
    else signal?.addEventListener('abort', this.#onCallerAbort, { once: true });
  }

  /** Why the work must end; `undefined` while it may go on. */
  get error(): MlperfError | undefined {
    return this.#error;
  }

  /** Aborts with the error as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on the deadline counts. */
  startDeadline(): void {
    if (this.#deadlineMs === undefined) return;
    this.#deadlineAt = performance.now() + this.#deadlineMs;
    this.#timer = setTimeout(() => this.#stopAtDeadline(), this.#deadlineMs);
  }

  /** Looks at the time itself: the timer is late when a synchronous loop holds the thread. */
  checkDeadline(): void {
    if (performance.now() >= this.#deadlineAt) this.#stopAtDeadline();
  }

  stop(error: MlperfError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#controller.abort(error);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#callerSignal?.removeEventListener('abort', this.#onCallerAbort);
  }

  #stopAtDeadline(): void {
    this.stop(new InterruptedError('DEADLINE_EXCEEDED', `the work must end within ${this.#deadlineMs} ms; it did not`));
  }
}
