import type { JsonObject, TrainingExperiment } from '@mlperf/core';

/** What a tuner tells: after it is stored. */
export interface TunerEvents {
  /** A trial ended, well or not (`experiment.state`), and is stored. Not repeated for trials found stored. */
  'trial-completed': {
    readonly studyId: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly trialNumber: number;
    readonly experiment: TrainingExperiment;
    /** Of the study so far; absent until a trial is complete. */
    readonly bestScore?: number;
    /** Trials of the study that have ended, this one included. */
    readonly finishedTrials: number;
    /** Trials the study is to have. */
    readonly plannedTrials: number;
  };
  /** Every trial of the study has ended. */
  'study-completed': {
    readonly studyId: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly completeTrials: number;
    readonly failedTrials: number;
    /** Trials found stored, not run again. */
    readonly resumedTrials: number;
    /** Absent when no trial is complete. */
    readonly best?: { readonly trialNumber: number; readonly hyperparameters: JsonObject; readonly score: number };
  };
}
