import type { JsonObject, TrainingExperiment } from '@mlperf/core';
import type { StopReason } from './study/stop-conditions.ts';

/** What a tuner tells: after it is stored. */
export interface TunerEvents {
  /** A trial ended, well or not or pruned (`experiment.state`), and is stored. Not repeated for trials found stored. */
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
  /** The pruner ended a trial, and it is stored; told beside `trial-completed`. */
  'trial-pruned': {
    readonly studyId: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly trialNumber: number;
    readonly experiment: TrainingExperiment;
    /** The last step it reported: a fold (0-based), or a step of the family. */
    readonly step: number;
    /** What it reported there. Absent when that was no finite number. */
    readonly value?: number;
  };
  /** The search is at its end: every trial of the study that began has ended. */
  'study-completed': {
    readonly studyId: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly completeTrials: number;
    readonly prunedTrials: number;
    readonly failedTrials: number;
    /** Trials found stored, not run again. */
    readonly resumedTrials: number;
    /** As `StudyResult.stoppedBy`. */
    readonly stoppedBy?: StopReason;
    /** Absent when no trial is complete. */
    readonly best?: { readonly trialNumber: number; readonly hyperparameters: JsonObject; readonly score: number };
  };
}
