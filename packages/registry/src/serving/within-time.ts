import { type Clock, InterruptedError } from '@mlperf/core';
import { oneTurnFor } from './in-turns.ts';

/**
 * What `work` gives, unless it takes longer than it may; what it gives later is lost.
 * @param what - Begins the message, such as `shadow 'v2' loading`.
 * @throws {@link InterruptedError} `DEADLINE_EXCEEDED`; and what `work` rejects with.
 */
export async function withinTime<T>(clock: Clock, limitMs: number, what: string, work: Promise<T>): Promise<T> {
  const startedAt = clock.now();
  const tooSlow = () => new InterruptedError('DEADLINE_EXCEEDED', `${what} must take at most ${limitMs} ms`);
  let settled = false;
  const settle = () => {
    settled = true;
  };
  await oneTurnFor(work.then(settle, settle));
  // Most work needs no turn of the event loop, and so no timer.
  const result = settled ? await work : await raced(clock, limitMs, tooSlow, work);
  // Work that keeps the event loop to itself keeps the timer from firing too.
  if (clock.now() - startedAt > limitMs) throw tooSlow();
  return result;
}

async function raced<T>(clock: Clock, limitMs: number, tooSlow: () => Error, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const limit = clock.sleep(limitMs, ended.signal, { background: true }).then(
    () => Promise.reject(tooSlow()),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, limit]);
  } finally {
    ended.abort();
  }
}
