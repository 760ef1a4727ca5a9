import type { Dataset, Matrix } from '../dataset/dataset.ts';
import type { JsonObject } from '../types/json.ts';

/** Rows to answer with a fitted model, whatever it looks back on. */
export interface RowsToPredict {
  /** Every row gets an answer; a row without the rows before it is `INSUFFICIENT_DATA`. */
  readonly dataset: Dataset;
  /** Rows of the same data set to look back on; only their features are read. See `lookBackWindows`. */
  readonly history?: Dataset;
}

/** One fit, as data: it may cross a thread or a network. Only `modelType` names the code. */
export interface FitRequest {
  readonly modelType: string;
  readonly hyperparameters: JsonObject;
  readonly seed: string;
  readonly train: Dataset;
  readonly validation?: Dataset;
  /** As `FitContext.validationHistory`. */
  readonly validationHistory?: Dataset;
  /** Feature rows to predict with the fitted model, each a matrix of its own. */
  readonly predict?: readonly Matrix[];
  /** Rows to predict as well, with what a model that looks back needs for them. */
  readonly predictRows?: readonly RowsToPredict[];
  /** Whether the trained bytes come back; default true. */
  readonly returnModel?: boolean;
}

export interface FitResult {
  readonly classes: readonly string[];
  /** `TrainedModel.serialize()`; absent when not asked for. */
  readonly model?: Uint8Array;
  /** One array per matrix of `predict`, (rows − lookBack) × classes. */
  readonly predictions: readonly Float64Array[];
  /** One array per element of `predictRows`, rows × classes; absent when none was asked for. */
  readonly rowPredictions?: readonly Float64Array[];
  readonly featureImportance?: Float64Array;
  readonly lookBack: number;
  readonly trainingTimeSeconds: number;
}

/** Predictions by a stored model, as data. */
export interface PredictRequest {
  readonly modelType: string;
  /** `TrainedModel.serialize()`. */
  readonly model: Uint8Array;
  readonly features: readonly Matrix[];
}

export interface PredictResult {
  readonly classes: readonly string[];
  /** One array per matrix, (rows − lookBack) × classes. */
  readonly predictions: readonly Float64Array[];
}

export interface ExecutorRunOptions {
  readonly signal?: AbortSignal;
  /** Ends the work after this long, by force if need be: `DEADLINE_EXCEEDED`. Wall-clock milliseconds. */
  readonly deadlineMs?: number;
  readonly onProgress?: (fraction: number) => void;
  readonly onReport?: (step: number, value: number) => 'continue' | 'stop' | Promise<'continue' | 'stop'>;
}

/**
 * Where work runs: inline, in worker threads, or on other machines.
 * @remarks A family's own error arrives with its code; a died worker is `WORKER_FAILURE`; an abort is `ABORTED`.
 */
export interface Executor {
  /** How many requests run at once. */
  readonly concurrency: number;
  /** @throws `UNKNOWN_MODEL_TYPE` when no loaded family has `modelType`. */
  fit(request: FitRequest, options?: ExecutorRunOptions): Promise<FitResult>;
  /** @throws as `fit`, and `MODEL_FORMAT` | `ARTIFACT_CORRUPT` for bad bytes. */
  predict(request: PredictRequest, options?: ExecutorRunOptions): Promise<PredictResult>;
  /** Ends running work and frees the workers. Idempotent. */
  close(): Promise<void>;
}
