import type { CategoryValue, InferParameters, JsonObject, RandomSource, SearchSpace } from '@mlperf/core';

/** A point of a space whose type is not known; a conditional parameter that is not active is not there. */
export type SampledPoint = Readonly<Record<string, CategoryValue>>;

/** A trial that has ended, as a sampler sees it. */
export interface ObservedTrial {
  /** Below 0 for a trial of an earlier study. */
  readonly trialNumber: number;
  /** A failed trial says nothing about its point but that it was tried. */
  readonly state: 'complete' | 'pruned' | 'failed';
  /** The parameters of the space alone, without those that are fixed. */
  readonly parameters: SampledPoint;
  /**
   * Smaller is better, whatever the study's direction: the score of a study that maximises comes with its sign changed.
   * Finite when `complete`; of a pruned trial the last value reported, absent when there was none.
   */
  readonly loss?: number;
  /** The last step a pruned trial reported. */
  readonly lastStep?: number;
  /**
   * What the observation counts, in (0, 1]; absent: 1. Below 1 for trials of earlier studies, whose data is older; their
   * numbers are below 0, and their losses are made comparable.
   */
  readonly weight?: number;
}

/** What a sampler may know when it chooses a point. */
export interface SuggestRequest {
  /** 0, 1, 2 …, below `size`. */
  readonly trialNumber: number;
  /** The trials that ended and may be seen: trial n sees those up to n − W (`parallelism`). By trial number. */
  readonly history: readonly ObservedTrial[];
  /** The points of the trials between: begun, or not yet to be seen. By trial number. */
  readonly running: readonly SampledPoint[];
  /**
   * The streams of this trial, keyed by (study seed, trial number, `keys`); asking twice for one gives it from its
   * start. See {@link trialRandom}.
   */
  readonly random: (...keys: readonly (string | number)[]) => RandomSource;
}

/**
 * Chooses the point of the search space that a trial evaluates.
 * @remarks A function of its request alone: trial n has one point, whatever was asked before and by whom. What a
 * sampler keeps from one call to the next only saves time.
 */
export interface Sampler<S extends SearchSpace = SearchSpace> {
  /** Stored with the study. */
  readonly name: string;
  readonly space: S;
  /** How many points there are; absent when there is no end to them. */
  readonly size?: number;
  /** What beside name and space decides the points; stored with the study. */
  readonly settings: JsonObject;
  /** Whether it reads `history` and `running`; without, they may be empty. */
  readonly learns: boolean;
  /** @throws `OUT_OF_RANGE` for a trial number that has no point. */
  suggest(request: SuggestRequest): InferParameters<S>;
}
