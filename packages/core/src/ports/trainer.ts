import type { ExecutorRunOptions, FitRequest, FitResult } from './executor.ts';

/** One training on behalf of a retraining. */
export type TrainRequest = Pick<FitRequest, 'modelType' | 'hyperparameters' | 'seed' | 'train'>;

/** A trained model as bytes. */
export type TrainResult = Pick<FitResult, 'classes' | 'lookBack' | 'trainingTimeSeconds' | 'featureImportance'> & {
  /** `TrainedModel.serialize()`: what is stored, judged and served. */
  readonly model: Uint8Array;
  /** Names the family that loads `model`; default that of the request. */
  readonly modelType?: string;
};

/** What retraining needs to train a challenger. Without one, it is one fit of the executor. */
export interface Trainer {
  /** @throws as `Executor.fit`. */
  train(request: TrainRequest, options: ExecutorRunOptions): Promise<TrainResult>;
}
