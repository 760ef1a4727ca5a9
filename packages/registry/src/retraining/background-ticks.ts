import type { Clock } from '@mlperf/core';

/**
 * Calls `tick` again and again until `closing` aborts: every `everyMs`, and when `nextAt` says that something is due.
 * @param tick - Never rejects.
 */
export async function tickRepeatedly(
  clock: Clock,
  everyMs: number,
  closing: AbortSignal,
  tick: () => Promise<void>,
  nextAt: () => number | undefined,
): Promise<void> {
  // A turn of the event loop, so that the host can listen before the first event.
  await new Promise((resolve) => setImmediate(resolve));
  while (!closing.aborted) {
    await tick();
    const untilDue = (nextAt() ?? Number.POSITIVE_INFINITY) - clock.now();
    try {
      await clock.sleep(Math.max(1, Math.min(everyMs, untilDue)), closing, { background: true });
    } catch {
      return;
    }
  }
}
