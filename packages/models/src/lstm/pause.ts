import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '@mlperf/core';

/** Multiplications between two turns of the event loop: about ten milliseconds of plain code, one of the kernel. */
const WORK_PER_TURN = 1e7;

/** Where a long computation asks whether it goes on, and lets others have their turn. */
export interface Pause {
  /**
   * Counts work done since the last call; now and then the answer is a promise to wait for.
   * @param work - Multiplications, about.
   * @throws {@link InterruptedError} `ABORTED`.
   */
  after(work: number): Promise<void> | undefined;
}

/** @param signal - Asked at every call: it may turn true while the thread is blocked. */
export function pauseFor(signal: AbortSignal): Pause {
  let done = 0;
  return {
    after(work) {
      requireRunning(signal);
      done += work;
      if (done < WORK_PER_TURN) return undefined;
      done = 0;
      return turn(signal);
    },
  };
}

async function turn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  requireRunning(signal);
}

export function requireRunning(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new InterruptedError('ABORTED', 'training of an LSTM was aborted', { cause: signal.reason });
}
