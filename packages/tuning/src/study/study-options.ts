import type { Clock, InferParameters, OptimizationDirection, SearchSpace, StorageStores } from '@mlperf/core';
import type { WorkerOptions } from '../claims/worker-policy.ts';
import type { Pruner } from '../pruners/pruner.ts';
import type { Sampler } from '../samplers/sampler.ts';
import type { DuplicatePolicy } from './point-proposer.ts';
import type { StopConditions } from './stop-conditions.ts';
import type { TrialCallback } from './study-callback.ts';
import type { StudyResult } from './study-result.ts';

export interface StudyOptions<S extends SearchSpace> {
  readonly storage: Pick<StorageStores, 'studies' | 'trials'>;
  /** 1 to 500 characters. A stored study of this id goes on, if it is the same. */
  readonly studyId: string;
  readonly searchSpace: S;
  /** Of the value told. */
  readonly direction: OptimizationDirection;
  /** Fixes every point. */
  readonly seed: string;
  /** Of `searchSpace`. Default {@link AutoSampler}. */
  readonly sampler?: Sampler<S>;
  /** Default: no trial is pruned. */
  readonly pruner?: Pruner;
  /** W: trial n begins when all trials up to n − W have been told, and sees those. Whole, 1 to 1,024; default 4. */
  readonly parallelism?: number;
  /** Default `replicate`. `reuse` copies results of trials that have ended; a point still under way is evaluated. */
  readonly duplicates?: DuplicatePolicy;
  /** Of the data behind the objective; a study goes on with the same only. Default `none`. */
  readonly dataVersion?: string;
  /** Name of the value told. Default `objective`. */
  readonly metric?: string;
  /** What is tuned, under which experiments are listed. Default `objective`. */
  readonly modelType?: string;
  /** Points for the first trials, in order. */
  readonly enqueue?: readonly InferParameters<S>[];
  /** Default {@link systemClock}. */
  readonly clock?: Clock;
  /** This process as one of those that may run the study together. */
  readonly worker?: WorkerOptions;
}

/** A trial to evaluate. */
export interface StudyTrial<S extends SearchSpace> {
  readonly trialNumber: number;
  readonly parameters: InferParameters<S>;
  /** How many trials before had the same parameters. */
  readonly repetition: number;
  /**
   * Tells a value reached on the way. The trial is pruned when the answer is `stop`; then tell nothing better.
   * @param step - Whole, ≥ 0, ascending.
   * @param value - In the unit of the study; NaN where there is none.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `UNSORTED` for a bad step, `INVALID_TYPE` for a value that is no
   * number; the report counts for nothing then.
   */
  report(step: number, value: number): 'continue' | 'stop';
}

/** How a trial ended: its value, or that it has none and why. */
export type TrialResult =
  | number
  | { readonly state: 'pruned' }
  | { readonly state: 'failed'; readonly reason: unknown };

/** What an objective is given beside the parameters. */
export interface ObjectiveTrial<S extends SearchSpace> extends StudyTrial<S> {
  /** Aborts at the trial's deadline and with the whole run. */
  readonly signal: AbortSignal;
}

/** @returns the value of the parameters; what is no finite number fails the trial, and so does what it throws. */
export type Objective<S extends SearchSpace> = (
  parameters: InferParameters<S>,
  trial: ObjectiveTrial<S>,
) => number | Promise<number>;

export interface OptimizeOptions extends StopConditions {
  /** Trials the study is to have in all; whole, 1 to 1,000,000. */
  readonly nTrials: number;
  /** Trials at once in this process; whole, ≥ 1, of use up to W. Default 1. */
  readonly concurrency?: number;
  /** A trial that takes longer is stored as failed, and its objective is no longer waited for. Milliseconds in (0, 2³¹). */
  readonly trialDeadlineMs?: number;
  /** Ends the run: `ABORTED`. Trials that ended before are stored. */
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly TrialCallback[];
}

/** What a study of an objective found. */
export type ObjectiveResult<S extends SearchSpace> = Omit<StudyResult<S>, 'report'>;
