import type { Dataset, JsonObject } from '@mlperf/core';

/** One split: rows to train on and rows to be judged on. */
export interface Fold {
  /** Strictly ascending. */
  readonly train: Uint32Array;
  /** Strictly ascending. */
  readonly test: Uint32Array;
}

/**
 * Cuts a dataset into folds. The host's own splitter is checked like ours: see {@link requireSoundFolds}.
 */
export interface Splitter {
  /** Stored with a study, with `settings`: what made its scores. */
  readonly name: string;
  readonly settings: JsonObject;
  /**
   * Same dataset, same folds. @throws `OUT_OF_RANGE` when the dataset is too small to be cut so.
   */
  split(dataset: Dataset): readonly Fold[];
}
