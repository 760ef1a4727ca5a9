import { type ExecutorRunOptions, MlperfError } from '@mlperf/core';
import { messageOf } from './message-of.ts';
import type { WorkStop } from './work-stop.ts';

/** The caller's callbacks, guarded: one that throws ends the work with `TRAINING_FAILED` and harms nothing else. */
export interface HostCallbacks {
  progress(fraction: number): void;
  report(step: number, value: number): Promise<'continue' | 'stop'>;
}

export function hostCallbacks(options: ExecutorRunOptions, work: WorkStop): HostCallbacks {
  const failed = (name: string, cause: unknown) => {
    const error = new MlperfError('TRAINING_FAILED', `${name} must not throw; got: ${messageOf(cause)}`, { cause });
    work.stop(error);
    return error;
  };
  return {
    progress(fraction) {
      if (work.error !== undefined) return;
      try {
        options.onProgress?.(fraction);
      } catch (cause) {
        failed('onProgress', cause);
      }
    },
    async report(step, value) {
      if (work.error !== undefined) throw work.error;
      try {
        return (await options.onReport?.(step, value)) ?? 'continue';
      } catch (cause) {
        throw failed('onReport', cause);
      }
    },
  };
}
