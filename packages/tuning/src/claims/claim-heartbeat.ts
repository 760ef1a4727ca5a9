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

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Beats from now on, until nothing is held or {@link stop} is called. */
  start(): void {
    if (this.#beating || this.#end.signal.aborted) return;
    this.#beating = true;
    this.#beat().finally(() => {
      this.#beating = false;
    });
  }

  stop(): void {
    this.#end.abort();
  }

  async #beat(): Promise<void> {
    const { clock, ttlMs, held, renew } = this.#options;
    const { signal } = this.#end;
    for (;;) {
      try {
        await clock.sleep(ttlMs / BEATS, signal, { background: true });
      } catch {
        return;
      }
      const fences = held();
      if (fences.length === 0) return;
      // What cannot be renewed now may be at the next beat; what was taken over, the end of the trial finds out.
      await renew(fences, ttlMs).catch(() => undefined);
      if (signal.aborted) return;
    }
  }
}
