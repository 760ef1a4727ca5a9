import {
  type Clock,
  InterruptedError,
  InvalidInputError,
  type SearchSpace,
  type TrainingExperiment,
} from '@mlperf/core';
import { requireDeadline, requireTrialCount } from '../require-search-options.ts';
import { endedBy } from './ended-by.ts';
import { FitSlots } from './fit-slots.ts';
import type { BegunTrial, OpenStudy } from './open-study.ts';
import { runTrials } from './run-trials.ts';
import { requireStopConditions, type StopReason } from './stop-conditions.ts';
import { requireCallbacks } from './study-callback.ts';
import type { Objective, OptimizeOptions } from './study-options.ts';
import { studyTrial } from './study-trial.ts';
import { outcomeOf } from './told-result.ts';
import type { TrialOutcome } from './trial-run.ts';

/** An objective, and where its trials come from. */
export interface ObjectiveRun<S extends SearchSpace> {
  readonly study: OpenStudy<S>;
  readonly space: S;
  readonly objective: Objective<S>;
  readonly clock: Clock;
}

/** Evaluates trials in this thread; see `Study.optimize`. */
export async function runObjective<S extends SearchSpace>(
  run: ObjectiveRun<S>,
  options: OptimizeOptions,
): Promise<StopReason | undefined> {
  const { study, clock } = run;
  const { nTrials, concurrency = 1, trialDeadlineMs, signal, callbacks = [] } = options;
  requireTrialCount(nTrials);
  requireDeadline(trialDeadlineMs, 'trialDeadlineMs');
  requireStopConditions(options);
  requireCallbacks(callbacks);
  if (!(Number.isSafeInteger(concurrency) && concurrency >= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `concurrency must be a whole number of at least 1; got ${concurrency}`);
  }
  const slots = new FitSlots(concurrency);
  const evaluate = async (trial: BegunTrial<S>, ends: AbortSignal): Promise<TrainingExperiment> => {
    const lost = study.lostTrial(trial);
    if (lost !== undefined) return lost;
    // A trial that waits for no other takes its slot in this very turn, before another one is claimed.
    const waiting = study.reused(trial, ends);
    const reused = waiting === undefined ? undefined : await waiting;
    if (reused !== undefined) return reused;
    return slots.run(ends, async () => {
      const startedAt = clock.now();
      const outcome = await evaluateOnce(run, trial, ends, trialDeadlineMs);
      return study.recordOf(trial, { startedAt, outcome });
    });
  };
  return runTrials({
    study,
    plannedTrials: study.plannedOf(nTrials),
    evaluate,
    untilRoom: () => slots.untilFree(),
    callbacks,
    clock,
    stop: options,
    signal,
  });
}

async function evaluateOnce<S extends SearchSpace>(
  { objective, space, clock }: ObjectiveRun<S>,
  trial: BegunTrial<S>,
  ends: AbortSignal,
  trialDeadlineMs: number | undefined,
): Promise<TrialOutcome> {
  const startedAt = clock.now();
  const seconds = () => Math.max(0, clock.now() - startedAt) / 1_000;
  const finished = new AbortController();
  const deadline = new AbortController();
  if (trialDeadlineMs !== undefined) {
    clock.sleep(trialDeadlineMs, AbortSignal.any([finished.signal, ends]), { background: true }).then(
      () =>
        deadline.abort(
          new InterruptedError('DEADLINE_EXCEEDED', `a trial must end within ${trialDeadlineMs} ms; it was ended`),
        ),
      // Cancelled: the trial ended in time.
      () => undefined,
    );
  }
  const signal = AbortSignal.any([ends, deadline.signal]);
  let pruned = false;
  const { report, ...asked } = studyTrial(trial, space);
  const told = {
    ...asked,
    signal,
    report: (step: number, value: number) => {
      const answer = report(step, value);
      pruned ||= answer === 'stop';
      return answer;
    },
  };
  try {
    const value: unknown = await endedBy(signal, (async () => objective(told.parameters, told))());
    return outcomeOf(pruned ? { state: 'pruned' } : value, seconds());
  } catch (reason) {
    ends.throwIfAborted();
    return outcomeOf(pruned ? { state: 'pruned' } : { state: 'failed', reason }, seconds());
  } finally {
    finished.abort();
  }
}
