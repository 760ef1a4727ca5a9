import type {
  Clock,
  HyperparameterTuningConfig,
  JsonObject,
  ListenerErrorHandler,
  ModelFamily,
  SearchSpace,
  StorageStores,
} from '@mlperf/core';
import type { WorkerOptions } from './claims/worker-policy.ts';
import type { Splitter } from './cross-validation/splitter.ts';
import type { Pruner } from './pruners/pruner.ts';
import type { HoldoutOptions } from './results/holdout.ts';
import type { RefitRule } from './results/study-report.ts';
import type { GridOptions } from './samplers/grid-sampler.ts';
import type { ScoringMetric } from './scoring/scoring-metric.ts';
import type { BayesianSamplerName } from './search-sampler.ts';
import type { FitRunner } from './study/family-runner.ts';
import type { DuplicatePolicy } from './study/point-proposer.ts';
import type { StopConditions } from './study/stop-conditions.ts';
import type { TrialCallback } from './study/study-callback.ts';
import type { WarmStartOptions } from './warm-start/warm-start.ts';

export interface SharedTunerOptions {
  /**
   * The section `ml.hyperparameterTuning`, as `loadMlConfig` gives it or written here; what is left out has its
   * documented default. Every other option, and the options of a search, win over it.
   */
  readonly config?: Partial<HyperparameterTuningConfig>;
  /** Hyperparameters that every trial shares; none of them may be in the search space. */
  readonly baseParams?: JsonObject;
  /** Default {@link PurgedWalkForward} with the configured `nSplits` and `embargoMs`. */
  readonly splitter?: Splitter;
  /** Default the configured one, {@link accuracyScoring} if nothing is; a regression must be given its own. */
  readonly metric?: ScoringMetric;
  /**
   * Models that need no tuning, such as those of `@mlperf/models`: every result shows their scores beside its own, on the
   * same folds. They run in this thread. Default: none.
   */
  readonly baselines?: readonly ModelFamily[];
  /** Families whose spaces `getSearchSpaceConfig` tells beside the one that is searched. Default: none. */
  readonly families?: readonly ModelFamily[];
  /** Ends trials that are not worth going on with. Default: none is. Stored with the study. */
  readonly pruner?: Pruner;
  /**
   * What a trial reports to the pruner. `folds`, the default: after each fold the mean score so far; a trial's folds then
   * run one after the other, oldest first, and trials beside each other. `steps`: the epochs or trees that the family
   * reports while it is fitted to the first fold, judged on that fold's test rows; a trial that survives has its other
   * folds as well. Steps need a family that reports, and uses `FitContext.validation` for nothing else. `window`: any
   * family is first fitted on the newest 1/9, then 1/3 of the times the first fold trains on, and scored on that fold's
   * test rows, the number of times being the step; a trial that survives has all its folds.
   */
  readonly pruneBy?: 'folds' | 'steps' | 'window';
  /**
   * Hyperparameters of the model in place: the choice of a search is compared with it, row by row, and a search begins
   * with it where it lies in the search space. `baseParams` are added. Default: none, and no skill is compared with.
   */
  readonly incumbent?: JsonObject;
  /** Whether a search begins with the incumbent's point. Default true. */
  readonly enqueueIncumbent?: boolean;
  /**
   * Newest rows that no trial sees: once the trials of a study have ended, its choice is refitted on the others and
   * scored on them, once per study. A study that goes on after that cannot use them again. Default: none.
   */
  readonly holdout?: HoldoutOptions;
  /**
   * Which trial of a study is its choice: the `best` (default), or, by the `one-standard-error` rule, the least complex of
   * those whose mean score is within one standard error of the best one's.
   */
  readonly refit?: RefitRule;
  /** How complex the model is that hyperparameters make, a finite number; needed by the one-standard-error rule. */
  readonly complexity?: (hyperparameters: JsonObject) => number;
  /** Earlier studies whose results samplers that learn begin with. Default: none. */
  readonly warmStart?: WarmStartOptions;
  /** With its artifacts, where the trials' answers to their test rows are kept. */
  readonly storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;
  /** Fixes every sampled point and every fit. Default `config.seed`. */
  readonly seed?: string;
  /** Where fits run; without it, one at a time in this thread. */
  readonly executor?: FitRunner;
  /** This process as one of those that may run a study together. */
  readonly worker?: WorkerOptions;
  /** Default {@link systemClock}. */
  readonly clock?: Clock;
  readonly onListenerError?: ListenerErrorHandler;
}

/** Options with a search space of one's own. */
export interface TunerOptionsWithSpace<S extends SearchSpace> extends SharedTunerOptions {
  readonly family: ModelFamily;
  readonly searchSpace: S;
}

/** Options that search the family's space. */
export interface TunerOptionsOfFamily<S extends SearchSpace> extends SharedTunerOptions {
  readonly family: ModelFamily & { readonly searchSpace: S };
  readonly searchSpace?: undefined;
}

export interface SearchOptions extends StopConditions {
  /**
   * Names the study; trials stored under it are not run again. Default: a hash of everything that decides the
   * results, so that the same search on the same data goes on where it ended.
   */
  readonly studyId?: string;
  /** Ends the search: `ABORTED`. Trials that ended before are stored, and a later call goes on from there. */
  readonly signal?: AbortSignal;
  /**
   * A trial that takes longer, from the start of its first fold, is stored as failed. Milliseconds in (0, 2³¹);
   * default `config.deadlineMs`.
   */
  readonly trialDeadlineMs?: number;
  /**
   * Points of the search space to evaluate first, in this order, such as the parameters in use. They count as trials; a
   * study that goes on has them already.
   */
  readonly enqueue?: readonly Readonly<Record<string, unknown>>[];
  /** What to do with a point that an earlier trial has; default `reuse`. */
  readonly duplicates?: DuplicatePolicy;
  /** Called after each trial that ends in this search. */
  readonly callbacks?: readonly TrialCallback[];
}

export interface GridSearchOptions extends SearchOptions, GridOptions {}

export interface RandomSearchOptions extends SearchOptions {
  /** Trials the study is to have in all; whole, 1 to 1,000,000. Default `config.nTrials`. */
  readonly nTrials?: number;
}

export interface BayesianSearchOptions extends RandomSearchOptions {
  /** Default `auto`. */
  readonly sampler?: BayesianSamplerName;
}

/** Of a search by the configured sampler; what only the other one takes is not used. */
export interface ConfiguredSearchOptions extends GridSearchOptions, RandomSearchOptions {}

export interface CrossValidateOptions {
  /** Ends it: `ABORTED`. */
  readonly signal?: AbortSignal;
  /** `DEADLINE_EXCEEDED` when it takes longer. Milliseconds in (0, 2³¹). */
  readonly deadlineMs?: number;
}

export interface BestExperimentQuery {
  /** Only trials of this study. Default: all stored experiments of the family that were scored by the tuner's metric. */
  readonly studyId?: string;
}
