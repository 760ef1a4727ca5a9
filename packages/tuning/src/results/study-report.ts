import type { JsonObject, OptimizationDirection } from '@mlperf/core';
import type { BeatingEstimate } from '../overfitting/chance-of-beating.ts';
import type { DeflatedDifference } from '../overfitting/deflated-difference.ts';

/** Which trial of a study is to be used: the best, or the simplest that is not worse by more than a standard error. */
export type RefitRule = 'best' | 'one-standard-error';

/** A trial, with its mean score over the folds. */
export interface ScoredTrial {
  readonly trialNumber: number;
  readonly hyperparameters: JsonObject;
  /** Of many tries it flatters, and the more the more were tried. */
  readonly score: number;
}

/** A trial that was tried but has no answers to the rows: it counts, and cannot be compared row by row. */
export interface MissingTrial {
  readonly trialNumber: number;
  readonly state: 'pruned' | 'failed' | 'complete';
  readonly reason: string;
}

/** Trials of a study that have ended. */
export interface TrialCounts {
  /** Complete, pruned and failed. */
  readonly tried: number;
  readonly complete: number;
  readonly pruned: number;
  readonly failed: number;
  /** Those without rows. */
  readonly missing: number;
}

/** What the chosen trial reaches on the newest rows, which no trial saw. Looked at once per study; looks of other
 * studies of the model type at the same rows count: at the k-th it takes a confidence of 1 − 0.5/k. */
export interface HoldoutFinding {
  /** The trial it was spent on. */
  readonly trialNumber?: number;
  /** Rows scored. */
  readonly rows: number;
  /** By the metric of the study; absent when the refit failed. */
  readonly score?: number;
  /** Of the incumbent, refitted on the same rows; absent without one. */
  readonly incumbentScore?: number;
  /** That the choice is better, from the holdout alone; absent when its scores do not vary or are too few. */
  readonly confidence?: number;
}

/** What a study found, and what that is worth. */
export interface StudyReport {
  readonly studyId: string;
  readonly modelType: string;
  readonly metric: string;
  readonly direction: OptimizationDirection;
  readonly trials: TrialCounts;
  /** By trial number. */
  readonly missing: readonly MissingTrial[];
  /** The best mean score, as every tuner reports it. Absent when no trial is complete. */
  readonly best?: ScoredTrial;
  /** The trial that everything below is about. */
  readonly choice?: ScoredTrial & { readonly rule: RefitRule };
  /** What the choice is compared with: the incumbent, or the best that can be answered without features. */
  readonly against: 'incumbent' | 'no skill';
  /** Its mean score over the folds; absent where the metric has no value. */
  readonly referenceScore?: number;
  /** What a row's score is; a substitute where the metric has no scores of rows. */
  readonly rowMetric?: { readonly name: string; readonly substitute: boolean };
  /** Distinct times of the rows: rows of one time count as one observation. */
  readonly observations?: number;
  /** How many later observations share a part of an observation's label, at most. */
  readonly overlap?: number;
  /** Absent when the differences cannot be judged. */
  readonly deflated?: DeflatedDifference;
  /** That the choice truly beats what it is compared with. For information. */
  readonly beating?: BeatingEstimate;
  /** Probability of backtest overfitting, ten blocks. For information: on pure noise it is anything up to 0.8. */
  readonly overfittingProbability?: number;
  /** Absent without a holdout, and until it is scored. */
  readonly holdout?: HoldoutFinding;
  readonly suggest: 'deploy' | 'do not deploy';
  /** A sentence per finding, with its numbers. */
  readonly reasons: readonly string[];
}
