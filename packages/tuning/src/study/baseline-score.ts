/** What a model that needs no tuning reaches on the same folds: what the tuned one is to be measured by. */
export interface BaselineScore {
  readonly modelType: string;
  /** One score per fold, by the metric of the tuner; absent when it failed. */
  readonly cvScores?: readonly number[];
  readonly meanCvScore?: number;
  /** Why it has no score. */
  readonly failure?: string;
}
