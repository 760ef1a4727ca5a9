import { FitSlots } from './fit-slots.ts';
import { abortable } from './run-trials.ts';
import { type TrialOutcome, TrialRun, type TrialSetting, type TrialToRun } from './trial-run.ts';

/**
 * One set of hyperparameters on the folds, outside of any study.
 * @throws `ABORTED` with the caller's signal; an error that no other hyperparameters would cure.
 */
export function scoreOnce(
  setting: Omit<TrialSetting, 'signal' | 'slots'>,
  trial: TrialToRun,
  signal: AbortSignal | undefined,
): Promise<TrialOutcome> {
  const slots = new FitSlots(setting.runner.concurrency);
  return abortable(signal, async (stop) => {
    try {
      return await new TrialRun({ ...setting, slots, signal: stop.signal }, trial).run();
    } finally {
      stop.abort();
    }
  });
}
