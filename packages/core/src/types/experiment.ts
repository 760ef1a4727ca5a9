import type { JsonObject } from './json.ts';

export type TrialState = 'running' | 'complete' | 'pruned' | 'failed';
export type OptimizationDirection = 'maximize' | 'minimize';

/** Where a trial's answers on rows that it was not trained on are stored, as artifacts. */
export interface OutOfSampleRefs {
  /** SHA-256 of the predictions and their row scores. */
  readonly predictions: string;
  /** SHA-256 of the rows they belong to: the same for all trials of a study. */
  readonly rows: string;
}

/** One evaluated set of hyperparameters: a trial, as stored. */
export interface TrainingExperiment {
  readonly experimentId: string;
  readonly studyId?: string;
  /** 0, 1, 2 … within the study. */
  readonly trialNumber?: number;
  readonly modelType: string;
  readonly hyperparameters: JsonObject;
  /** One score per fold, in the unit of the study's metric. */
  readonly cvScores: readonly number[];
  /** Mean over the folds; absent when no fold finished. */
  readonly meanCvScore?: number;
  /** Sample standard deviation (n − 1) over the folds; absent below two folds. */
  readonly stdCvScore?: number;
  readonly trainingTimeSeconds: number;
  readonly testMetrics: Readonly<Record<string, number>>;
  /** By feature name; absent when the family has none. */
  readonly featureImportance?: Readonly<Record<string, number>>;
  readonly state: TrialState;
  readonly intermediateValues?: Readonly<Record<string, number>>;
  /** SHA-256 of the trained model's bytes, where it was kept: an artifact. Only for single runs. */
  readonly modelArtifact?: string;
  /** Absent for trials that have no score, and for single runs. */
  readonly outOfSample?: OutOfSampleRefs;
  readonly createdAt: number;
  /** The process that ran it, in the host's words; absent where nobody said. */
  readonly worker?: string;
  readonly notes?: string;
}

/** One tuning run: what was searched, how and on which data. */
export interface StudyRecord {
  readonly studyId: string;
  readonly modelType: string;
  readonly searchSpace: JsonObject;
  readonly sampler: string;
  readonly metric: string;
  readonly direction: OptimizationDirection;
  readonly seed: string;
  readonly dataVersion: string;
  /** Trial n sees the results of trials up to n − parallelism. */
  readonly parallelism: number;
  /** What else decides a trial's score, such as the splitter and fixed parameters. */
  readonly settings?: JsonObject;
  readonly createdAt: number;
}

/** Which claim on which trial, as a write under it shows. */
export interface TrialFence {
  readonly studyId: string;
  readonly trialNumber: number;
  /** Greater than the token of every earlier claim on this trial. */
  readonly token: number;
}

/** The right to run a trial, until its lease has run out and another worker takes the trial over. */
export interface TrialClaim extends TrialFence {
  /** Who runs it, in the host's words. */
  readonly owner: string;
  /** How many earlier claims on this trial ran out before it ended; one that was released does not count. */
  readonly losses: number;
  /** By the storage's clock, epoch milliseconds. */
  readonly expiresAt: number;
}

/** A point that a study is to evaluate, and the trial that will. */
export interface QueuedPoint {
  readonly studyId: string;
  readonly trialNumber: number;
  /** Of the search space. */
  readonly parameters: JsonObject;
}
