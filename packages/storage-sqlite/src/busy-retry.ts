import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './sqlite-errors.ts';

/** Long enough to cost nothing, short enough to find the gap between two commits of a busy process. */
const POLL_MS = 2;

/**
 * Runs `work` until no other connection is in its way, without holding up this thread in between (as SQLite's own
 * busy handler would).
 * @param work - Must leave nothing behind when it fails.
 * @param timeoutMs - How long to go on trying before the busy error is thrown.
 */
export async function retryWhileBusy<T>(work: () => T | Promise<T>, timeoutMs: number): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - startedAt >= timeoutMs) throw error;
    }
    await sleep(POLL_MS);
  }
}
