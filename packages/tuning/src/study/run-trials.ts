import { InterruptedError } from '@mlperf/core';
import { endedBy } from './ended-by.ts';
import type { TrialClaims } from './trial-claims.ts';

/** What a study does with its trials. */
export interface TrialLoop {
  readonly claims: TrialClaims;
  readonly plannedTrials: number;
  /** Asked before each trial, in the order they begin; a reason ends the study with what has begun. */
  readonly stopsAt: (trialNumber: number) => boolean;
  /** Evaluates a trial and stores how it ended. */
  readonly run: (trialNumber: number, signal: AbortSignal) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs trials as their turn comes, several at once, until none is left or the study is to stop; resolves when all that
 * have begun are stored.
 *
 * @throws `ABORTED` when `signal` aborts; the first error of `run`. What is under way is told to end, and what it still
 * returns is dropped.
 */
export async function runTrials({ claims, plannedTrials, stopsAt, run, signal }: TrialLoop): Promise<void> {
  await abortable(signal, async (stop) => {
    const running = new Set<Promise<void>>();
    const begin = (trialNumber: number) => {
      const task = run(trialNumber, stop.signal)
        // The first failure ends the other trials; their own errors are its echo.
        .catch((error: unknown) => stop.abort(error))
        .finally(() => running.delete(task));
      running.add(task);
    };
    try {
      for (;;) {
        const trialNumber = await endedBy(stop.signal, claims.next(plannedTrials, stop.signal));
        if (trialNumber === undefined) break;
        if (stopsAt(trialNumber)) {
          await claims.release(trialNumber);
          break;
        }
        begin(trialNumber);
      }
    } catch (error) {
      stop.abort(error);
    }
    await Promise.all(running);
    stop.signal.throwIfAborted();
  });
}

/**
 * Work that ends with the caller's signal, or by itself.
 * @throws `ABORTED`, with the signal's reason as its cause; what the work throws.
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  work: (stop: AbortController) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw aborted(signal);
  const stop = new AbortController();
  const onAbort = () => stop.abort(aborted(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(stop);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function aborted(signal: AbortSignal | undefined): InterruptedError {
  return new InterruptedError('ABORTED', 'the run was aborted; finished trials are stored', { cause: signal?.reason });
}
