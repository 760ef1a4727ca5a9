import { type Clock, InterruptedError } from '@mlperf/core';

/**
 * What `work` gives, unless it takes longer than it may; what it gives later is lost.
 * @param what - Begins the message, such as `shadow 'v2' loading`.
 * @throws {@link InterruptedError} `DEADLINE_EXCEEDED`; and what `work` rejects with.
 */
export async function withinTime<T>(clock: Clock, limitMs: number, what: string, work: Promise<T>): Promise<T> {
  const startedAt = clock.now();
  const ended = new AbortController();
  const tooSlow = () => new InterruptedError('DEADLINE_EXCEEDED', `${what} must take at most ${limitMs} ms`);
  const limit = clock.sleep(limitMs, ended.signal, { background: true }).then(
    () => Promise.reject(tooSlow()),
    () => new Promise<never>(() => undefined),
  );
  try {
    const result = await Promise.race([work, limit]);
    // Work that keeps the event loop to itself keeps the timer from firing too.
    if (clock.now() - startedAt > limitMs) throw tooSlow();
    return result;
  } finally {
    ended.abort();
  }
}
