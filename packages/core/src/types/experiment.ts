import type { JsonObject } from './json.ts';

export type TrialState = 'running' | 'complete' | 'pruned' | 'failed';
export type OptimizationDirection = 'maximize' | 'minimize';

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
  readonly createdAt: number;
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
