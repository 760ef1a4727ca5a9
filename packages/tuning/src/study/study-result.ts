import type { InferParameters, JsonObject, OptimizationDirection, SearchSpace, TrainingExperiment } from '@mlperf/core';
import type { StudyReport } from '../results/study-report.ts';
import type { BaselineScore } from './baseline-score.ts';
import type { StopReason } from './stop-conditions.ts';

/** Hyperparameters of a trial: the fixed ones, and those of the space with their types. */
export type TunedParameters<S extends SearchSpace> = JsonObject & InferParameters<S>;

export interface BestTrial<S extends SearchSpace> {
  readonly experiment: TrainingExperiment;
  readonly params: TunedParameters<S>;
  /** Mean over the folds. The best of many tries: it flatters, and the more the more were tried. */
  readonly score: number;
}

/** How the trials of a study ended. */
export interface StudyOutcome<S extends SearchSpace> {
  readonly studyId: string;
  /** `hashDataset` of the data searched on. */
  readonly dataVersion: string;
  /** Every trial that ended, by trial number. */
  readonly experiments: readonly TrainingExperiment[];
  /** Absent when no trial is complete. Ties to the lower trial number. */
  readonly best?: BestTrial<S>;
  readonly completeTrials: number;
  readonly prunedTrials: number;
  readonly failedTrials: number;
  /** Trials found stored, not run again. */
  readonly resumedTrials: number;
  /** Why there are fewer trials than planned; absent when there are not. */
  readonly stoppedBy?: StopReason;
  /**
   * Test rows, summed over the folds, that no trial was scored on, because they have fewer rows before them in their
   * series than the longest look-back of the space. Absent when there is none.
   */
  readonly unscoredRows?: number;
  /** What the baselines given to the tuner reach on the same folds; absent without any. */
  readonly baselines?: readonly BaselineScore[];
}

/** What a search found. */
export interface StudyResult<S extends SearchSpace> extends StudyOutcome<S> {
  /** What that is worth: the choice, the luck in it, and whether to deploy it. */
  readonly report: StudyReport;
}

/** Whether `score` beats the best so far; at equal scores the lower trial number wins, so that order does not matter. */
export function beats<S extends SearchSpace>(
  score: number,
  trialNumber: number,
  best: BestTrial<S> | undefined,
  direction: OptimizationDirection,
): boolean {
  if (best === undefined) return true;
  if (score === best.score) return trialNumber < (best.experiment.trialNumber ?? Number.POSITIVE_INFINITY);
  return direction === 'maximize' ? score > best.score : score < best.score;
}
