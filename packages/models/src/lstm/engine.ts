/** What turns the dense layer's sums into predictions, and with it the loss: see {@link LstmNetwork.trainBatch}. */
export type LstmHead = 'sigmoid' | 'softmax' | 'linear';

/** The sizes of a network: stacked LSTM layers, then one dense layer on the last step's state. */
export interface LstmShape {
  /** Inputs of each step. */
  readonly features: number;
  /** Steps of a window, oldest first. */
  readonly steps: number;
  /** Units of each LSTM layer, first layer first; any whole numbers ≥ 1. */
  readonly units: readonly number[];
  /** Outputs of the dense layer. */
  readonly outputs: number;
  readonly head: LstmHead;
}

/** How a network is trained; none of it touches a prediction. */
export interface LstmTraining {
  /** Most rows a batch has; memory for them is taken once. */
  readonly batchSize: number;
  /**
   * Share of each layer's outputs set to 0 while training, in [0, 1), one per layer; the others are scaled by
   * 1 / (1 − share). Drawn anew for every row, step and unit. The last layer's applies to what the dense layer reads.
   */
  readonly dropout?: readonly number[];
  /** Fixes the dropout masks: a whole number in [0, 2^32). Default 0. */
  readonly seed?: number;
  /** Adam's decay rates and epsilon. Defaults 0.9, 0.999, 1e-7 (as Keras and tfjs). */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** The gradient, all weights as one vector, is scaled down to this Euclidean norm. Default: no clipping. */
  readonly clipNorm?: number;
}

/** Windows of a feature matrix by the numbers of their rows. */
export interface LstmWindows {
  /** Scaled features, row-major, shape (rows × features), finite. */
  readonly features: Float32Array;
  /** The row of each step, shape (windows × steps): a window's rows oldest first. */
  readonly rows: Int32Array;
}

/** One batch: its windows, 1 to `batchSize` of them, and what they should answer. */
export interface LstmBatch extends LstmWindows {
  /** Shape (windows × outputs): 0 or 1 for `sigmoid`, a one-hot row for `softmax`, the value for `linear`. */
  readonly targets: Float32Array;
  /** Weight of each window's loss, shape (windows). Default 1 each. */
  readonly weights?: Float32Array;
}

/**
 * One network with its weights and Adam state.
 *
 * Weights are a list of row-major arrays in Keras order: for each LSTM layer the kernel (inputs × 4·units), the
 * recurrent kernel (units × 4·units) and the bias (4·units), gates in the order input, forget, cell, output; then the
 * dense kernel (units × outputs) and its bias (outputs).
 */
export interface LstmNetwork {
  readonly shape: LstmShape;
  /**
   * Copies the weights in and forgets Adam's moments and the dropout stream's place.
   * @param look - Called between layers, by the kernel only; when it throws, the network is of no more use.
   * @throws `LENGTH_MISMATCH`.
   */
  setWeights(weights: readonly Float32Array[], look?: () => void): void;
  /** A copy of the weights. */
  getWeights(): Float32Array[];
  /**
   * One step of Adam on a batch of n windows: forward with dropout, loss, backward through time, clipping, update.
   *
   *   loss = (1/n) · Σ weightᵢ · ℓᵢ
   *
   * with ℓ the cross-entropy in nats (`softmax`; `sigmoid`: mean over the outputs), or the squared error's mean over the
   * outputs (`linear`).
   *
   * @param signal - Asked several times within a long batch; the weights then stay as they were.
   * @returns the loss before the update.
   * @throws `LENGTH_MISMATCH` | `OUT_OF_RANGE` | `TRAINING_FAILED` (the loss or gradient is not finite) | `ABORTED` | `CLOSED`.
   */
  trainBatch(batch: LstmBatch, learningRate: number, signal?: AbortSignal): number | Promise<number>;
  /** The gradient of the loss without dropout, clipping or update, in the order of the weights. */
  gradients(batch: LstmBatch): Float32Array[] | Promise<Float32Array[]>;
  /**
   * Predictions of any number of windows, shape (windows × outputs), row-major: after sigmoid, softmax (rows sum to 1)
   * or nothing. One window allocates nothing when `out` is given.
   *
   * @param signal - Asked several times within long windows, as in {@link LstmNetwork.trainBatch}; by the kernel only.
   * @throws `ABORTED`, besides what is wrong with the windows.
   */
  predict(windows: LstmWindows, out?: Float64Array, signal?: AbortSignal): Float64Array | Promise<Float64Array>;
  /** Frees the memory. Idempotent; every other call then throws `CLOSED`. */
  dispose(): void;
}

/** What computes: the WASM kernel, or TensorFlow.js. */
export interface LstmEngine {
  readonly name: 'wasm' | 'tfjs';
  /**
   * A network with all weights 0.
   * @param training - Left out: a network that only predicts, with little memory.
   * @throws `OUT_OF_RANGE` for sizes that are not whole numbers ≥ 1; `TOO_LARGE` before memory is taken.
   */
  open(shape: LstmShape, training?: LstmTraining): Promise<LstmNetwork>;
}
