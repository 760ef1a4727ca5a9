/** One LSTM layer and a sigmoid over windows of a series of random rows. */
export interface Task {
  readonly units: number;
  readonly steps: number;
  readonly features: number;
  /** Batches of an epoch. */
  readonly batches: number;
  /** Most of PyTorch's epoch time that ours may take. */
  readonly epochBudget: number;
  /** The same for one prediction. */
  readonly predictionBudget?: number;
}

/** What both sides train on. */
export interface Data {
  /** Shape (rows × features). */
  readonly rows: Float32Array;
  readonly targets: Float32Array;
  /** Keras order. */
  readonly weights: readonly Float32Array[];
}
