import type { Clock, JsonObject, ListenerErrorHandler, ModelFamily, SearchSpace, StorageStores } from '@mlperf/core';
import type { Splitter } from './cross-validation/splitter.ts';
import type { GridOptions } from './samplers/grid-sampler.ts';
import type { ScoringMetric } from './scoring/scoring-metric.ts';
import type { FitRunner } from './study/family-runner.ts';

export interface SharedTunerOptions {
  /** Hyperparameters that every trial shares; none of them may be in the search space. */
  readonly baseParams?: JsonObject;
  /** Default {@link PurgedWalkForward} with its defaults. */
  readonly splitter?: Splitter;
  /** Default {@link accuracyScoring} for a classification; a regression must name its own. */
  readonly metric?: ScoringMetric;
  readonly storage: Pick<StorageStores, 'studies' | 'trials'>;
  /** Fixes every sampled point and every fit. */
  readonly seed: string;
  /** Where fits run; without it, one at a time in this thread. */
  readonly executor?: FitRunner;
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

export interface SearchOptions {
  /**
   * Names the study; trials stored under it are not run again. Default: a hash of everything that decides the
   * results, so that the same search on the same data goes on where it ended.
   */
  readonly studyId?: string;
  /** Ends the search: `ABORTED`. Trials that ended before are stored, and a later call goes on from there. */
  readonly signal?: AbortSignal;
  /** A trial that takes longer, from the start of its first fold, is stored as failed. Milliseconds in (0, 2³¹). */
  readonly trialDeadlineMs?: number;
}

export interface GridSearchOptions extends SearchOptions, GridOptions {}

export interface RandomSearchOptions extends SearchOptions {
  /** Trials the study is to have in all; whole, 1 to 1,000,000. */
  readonly nTrials: number;
}

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
