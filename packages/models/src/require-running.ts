import { InterruptedError } from '@mlperf/core';

/** @throws {@link InterruptedError} `ABORTED`. */
export function requireRunning(signal: AbortSignal | undefined, modelType: string): void {
  if (signal?.aborted !== true) return;
  throw new InterruptedError('ABORTED', `training of '${modelType}' was aborted`, { cause: signal.reason });
}
