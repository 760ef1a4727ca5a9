import type { JsonObject } from '@mlperf/core';

/**
 * What a trial has told of itself while it ran. A step is an amount of a resource that respects time: epochs or trees,
 * folds done, or distinct times of the most recent training window (`mostRecentRows`); never a share of rows drawn at
 * random.
 */
export interface Reports {
  /** Strictly ascending, whole, ≥ 0. */
  readonly steps: ArrayLike<number>;
  /**
   * One per step. Smaller is better, whatever the study's direction: values to maximise come with their sign changed.
   * NaN where the step had none.
   */
  readonly losses: ArrayLike<number>;
}

/** A trial that has ended, as a pruner sees it. */
export interface ReportedTrial extends Reports {
  readonly trialNumber: number;
  readonly state: 'complete' | 'pruned' | 'failed';
}

/** What a pruner may know when it decides. */
export interface PruneRequest {
  readonly studyId: string;
  /** The trial that runs: 0, 1, 2 … */
  readonly trialNumber: number;
  /** Its reports so far, the newest last: the decision is taken at the last step. */
  readonly reports: Reports;
  /** The trials that may be seen, all ended: trial n sees those up to n − W (`parallelism`). By trial number. */
  readonly history: readonly ReportedTrial[];
}

/**
 * Decides at each report whether a trial is worth going on with.
 * @remarks A function of its request alone, asked at every report in order: with the history fixed by the lag W, the
 * decisions of a study do not depend on how many workers run it, nor on what happens at the same moment elsewhere.
 */
export interface Pruner {
  /** Stored with the study. */
  readonly name: string;
  /** What beside the name decides; stored with the study. */
  readonly settings: JsonObject;
  /** Wants the loss of each fold by itself where steps are folds; absent: the mean of the folds so far. */
  readonly judges?: 'each-fold';
  /**
   * Whether to end the trial; `false` before its first report.
   * @throws `LENGTH_MISMATCH` | `UNSORTED` | `OUT_OF_RANGE` for reports of the running trial that are none.
   */
  shouldPrune(request: PruneRequest): boolean;
}
