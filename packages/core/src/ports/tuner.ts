import type { Dataset } from '../dataset/dataset.ts';
import type { JsonObject } from '../types/json.ts';

/** One search for hyperparameters on behalf of a retraining. */
export interface TuningRequest {
  /** The rows to search on; nothing that a challenger will be judged on is among them. */
  readonly data: Dataset;
  readonly modelType: string;
  /**
   * Tried first, in this order: the champion's hyperparameters, so that a search ends no worse than it began. Of a point
   * outside the search space the tuner tries what of it is inside.
   */
  readonly enqueue: readonly JsonObject[];
  /** Earlier studies of this model name, newest first, whose results the search may begin with. */
  readonly warmStartStudies?: readonly string[];
  /** Fixes every point and every fit. */
  readonly seed: string;
  /** Most trials, those of `enqueue` among them; ≥ 1. */
  readonly maxTrials: number;
  /** When this long has passed the search ends with the best so far. Wall-clock milliseconds, > 0. */
  readonly deadlineMs: number;
  /** Ends the search and everything it started: `ABORTED`. */
  readonly signal: AbortSignal;
}

/** What a search ended with. */
export interface TuningResult {
  /** To train with: all of them, those that were not searched too. */
  readonly hyperparameters: JsonObject;
  /** Names the stored study: lineage of the version, and a warm start for the next search. */
  readonly studyId: string;
  /** Trials that are complete. */
  readonly completeTrials: number;
  /** Of the best trial, in the unit of the tuner's metric. The best of many tries: it flatters. */
  readonly score?: number;
  /** What the tuner has to say of the result, such as how lucky its score is; stored with the retraining. */
  readonly evidence?: JsonObject;
  /** One sentence each, for people: what might be searched differently. */
  readonly suggestions?: readonly string[];
}

/** What retraining needs of tuning: better hyperparameters, within a bound of trials and of time. */
export interface Tuner {
  /**
   * @throws `UNKNOWN_MODEL_TYPE`; `ABORTED` once the signal has aborted; `TRAINING_FAILED` when no trial was complete
   * by the end.
   */
  tune(request: TuningRequest): Promise<TuningResult>;
}
