import { InterruptedError, type JsonObject } from '@mlperf/core';
import { type TrialOutcome, TrialRun, type TrialSetting } from './trial-run.ts';

export interface PlannedTrial {
  readonly trialNumber: number;
  readonly hyperparameters: JsonObject;
}

export interface FinishedTrial<T extends PlannedTrial> {
  readonly trial: T;
  /** When its first fold started; does not decrease with the trial number. */
  readonly startedAt: number;
  readonly outcome: TrialOutcome;
}

/**
 * Runs trials in order, as many folds at once as the runner takes, the next trial's folds beside the last ones of the
 * trial before. Resolves when all have ended and `onFinished` has resolved for each.
 *
 * @param onFinished - Called as trials end, in whatever order they do. Its failure ends everything.
 * @throws `ABORTED` when `signal` aborts; what `onFinished` throws; an error that ends the study. Folds under way are
 * told to end, and what they still return is dropped.
 */
export async function runTrials<T extends PlannedTrial>(
  trials: Iterable<T>,
  setting: Omit<TrialSetting, 'signal'> & { readonly signal?: AbortSignal | undefined },
  onFinished: (finished: FinishedTrial<T>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(aborted(setting.signal));
  if (setting.signal?.aborted) throw aborted(setting.signal);
  setting.signal?.addEventListener('abort', onAbort, { once: true });

  const tasks = foldTasks(trials, { ...setting, signal: stop.signal });
  const lane = async () => {
    for (const { trial, run, fold } of tasks) {
      stop.signal.throwIfAborted();
      const outcome = await run.runFold(fold);
      if (outcome !== undefined) await onFinished({ trial, startedAt: run.startedAt, outcome });
    }
  };
  try {
    const lanes = Array.from({ length: Math.max(1, Math.floor(setting.runner.concurrency)) }, () =>
      lane().catch((error: unknown) => {
        // The first failure ends the other lanes; their own errors are its echo.
        if (!stop.signal.aborted) stop.abort(error);
      }),
    );
    await Promise.all(lanes);
    stop.signal.throwIfAborted();
  } finally {
    setting.signal?.removeEventListener('abort', onAbort);
  }
}

interface FoldTask<T extends PlannedTrial> {
  readonly trial: T;
  readonly run: TrialRun;
  readonly fold: number;
}

/** One iterator that all lanes draw from: a fold is taken by whoever is free. */
function foldTasks<T extends PlannedTrial>(trials: Iterable<T>, setting: TrialSetting): Iterable<FoldTask<T>> {
  const tasks = (function* () {
    for (const trial of trials) {
      const run = new TrialRun(setting, trial.hyperparameters);
      for (let fold = 0; fold < setting.folds.length; fold++) yield { trial, run, fold };
    }
  })();
  // A lane that ends must not end the others: without `return`, leaving the loop does not close the generator.
  return { [Symbol.iterator]: () => ({ next: () => tasks.next() }) };
}

function aborted(signal: AbortSignal | undefined): InterruptedError {
  return new InterruptedError('ABORTED', 'the run was aborted; finished trials are stored', { cause: signal?.reason });
}
