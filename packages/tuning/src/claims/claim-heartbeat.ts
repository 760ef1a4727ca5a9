import type { Clock, TrialClaim, TrialFence } from '@mlperf/core';

/** Beats of a heartbeat in the time a claim lasts: two may fail before it runs out. */
const BEATS = 3;

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** The claims to keep. */
  readonly held: () => readonly TrialFence[];
  readonly renew: (fences: readonly TrialFence[], ttlMs: number) => Promise<readonly TrialClaim[]>;
}

/** Renews the claims of a process, all in one call, while it holds any. */
export class ClaimHeartbeat {
  readonly #options: HeartbeatOptions;
  readonly #end = new AbortController();
  #beating = false;
  /** When the last beat began, or the first claim was made. */
  #beatAt = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Beats from now on, until nothing is held or {@link stop} is called. */
  start(): void {
    if (this.#beating || this.#end.signal.aborted) return;
    this.#beating = true;
    this.#beatAt = this.#options.clock.now();
    void this.#goOn();
  }

  /** Beats at once where the last beat is overdue: a fit may have held the thread. */
  async catchUp(): Promise<void> {
    const { clock, ttlMs } = this.#options;
    if (this.#beating && clock.now() - this.#beatAt > ttlMs / BEATS) await this.#beat();
  }

  stop(): void {
    this.#end.abort();
  }

  async #goOn(): Promise<void> {
    const { clock, ttlMs, held } = this.#options;
    const { signal } = this.#end;
    for (;;) {
      const slept = await clock.sleep(ttlMs / BEATS, signal, { background: true }).then(
        () => true,
        () => false,
      );
      if (!slept || held().length === 0) {
        this.#beating = false;
        return;
      }
      await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    const { clock, ttlMs, held, renew } = this.#options;
    this.#beatAt = clock.now();
    // What cannot be renewed now may be at the next beat; what was taken over, the end of the trial finds out.
    await renew(held(), ttlMs).catch(() => undefined);
  }
}
