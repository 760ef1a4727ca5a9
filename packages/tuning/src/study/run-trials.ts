import { setImmediate } from 'node:timers/promises';
import { type Clock, InterruptedError, type SearchSpace, type TrainingExperiment } from '@mlperf/core';
import { endedBy } from './ended-by.ts';
import type { BegunTrial, OpenStudy } from './open-study.ts';
import { type StopConditions, type StopReason, StopRule } from './stop-conditions.ts';
import type { TrialCallback } from './study-callback.ts';

/** What a study does with its trials. */
export interface TrialLoop<S extends SearchSpace> {
  readonly study: OpenStudy<S>;
  readonly plannedTrials: number;
  /** How a trial ended, as it is to be stored. */
  readonly evaluate: (trial: BegunTrial<S>, signal: AbortSignal) => Promise<TrainingExperiment>;
  /** Resolves when there is room for another trial: what is taken too early, no other process can run. */
  readonly untilRoom: () => Promise<void>;
  readonly callbacks: readonly TrialCallback[];
  readonly clock: Clock;
  readonly stop?: StopConditions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs trials as their turn comes, several at once, until none is left or the study is to stop; resolves when all that
 * have begun are stored, and their callbacks were called.
 *
 * @returns why there are fewer trials than planned; `undefined` when there are not.
 * @throws `ABORTED` when `signal` aborts; the first error of an evaluation, of storage or of a callback. What is under
 * way is told to end, and what it still returns is dropped.
 */
export async function runTrials<S extends SearchSpace>(loop: TrialLoop<S>): Promise<StopReason | undefined> {
  const { study, signal, untilRoom } = loop;
  const { claims } = study;
  const rule = new StopRule(loop.stop ?? {}, study.ledger, loop.clock);
  return abortable(signal, async (stop) => {
    const running = new Set<Promise<void>>();
    let hasEnded = false;
    const begin = (trial: BegunTrial<S>) => {
      const task = runTrial(loop, trial, rule, stop.signal)
        // The first failure ends the other trials; their own errors are its echo.
        .catch((error: unknown) => {
          stop.abort(error);
          // Who goes on need not wait for its lease; that one runs out by itself where it cannot be given back.
          return claims.release(trial.trialNumber).catch(() => undefined);
        })
        .finally(() => {
          running.delete(task);
          hasEnded = true;
        });
      running.add(task);
    };
    let reason: StopReason | undefined;
    let { plannedTrials } = loop;
    try {
      for (;;) {
        // Trials that are fitted in this thread and kept in memory wait for nothing: between them the host has its turn,
        // and what is kept until the end of a turn is let go of.
        if (hasEnded) await setImmediate();
        hasEnded = false;
        await endedBy(stop.signal, untilRoom());
        const trialNumber = await endedBy(stop.signal, claims.next(plannedTrials, stop.signal));
        if (trialNumber === undefined) break;
        const stopsFor = rule.reasonAt(trialNumber);
        const trial = stopsFor === undefined ? await study.beginOrRelease(trialNumber) : undefined;
        if (trial !== undefined) begin(trial);
        else {
          reason = stopsFor ?? 'space-exhausted';
          await claims.release(trialNumber);
          // The trials before it belong to the result, whichever process runs them.
          plannedTrials = trialNumber;
        }
      }
    } catch (error) {
      stop.abort(error);
    }
    await Promise.all(running);
    stop.signal.throwIfAborted();
    return reason;
  });
}

async function runTrial<S extends SearchSpace>(
  { study, evaluate, callbacks, plannedTrials }: TrialLoop<S>,
  trial: BegunTrial<S>,
  rule: StopRule,
  signal: AbortSignal,
): Promise<void> {
  const experiment = await evaluate(trial, signal);
  signal.throwIfAborted();
  if (!(await study.store(trial, experiment))) return;
  const { progress } = study;
  try {
    for (const callback of callbacks) {
      const answer = await callback({
        studyId: progress.studyId,
        trialNumber: trial.trialNumber,
        experiment,
        ...(progress.best === undefined ? {} : { bestScore: progress.best.score }),
        finishedTrials: progress.finishedTrials,
        plannedTrials,
      });
      if (answer === 'stop') rule.tell();
    }
  } finally {
    // The trial is stored, whatever a callback says: later ones wait to see it.
    study.show(trial, experiment);
  }
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
