import type { ClassProbabilities, Direction, Prediction } from '@mlperf/core';

/** One row of features: by name, in any order; or in the order the predictor was opened with. */
export type FeatureRow = Readonly<Record<string, number>> | ArrayLike<number>;

export interface PredictionRequest {
  readonly symbol: string;
  readonly features: FeatureRow;
  /**
   * The rows before it in its series, oldest first, for a model that looks back: at least `ModelPredictor.lookBack` of
   * them; the older ones of more are left unread.
   */
  readonly precedingRows?: readonly FeatureRow[];
  /** Price the outcome will be measured against, > 0. */
  readonly referencePrice?: number;
  /** Epoch milliseconds; default now. */
  readonly predictedAt?: number;
  /** When the outcome should be known, epoch milliseconds. */
  readonly dueAt?: number;
  /** Default: see `defaultPredictionId`. */
  readonly id?: string;
}

/** A prediction as served: complete, and durable if the predictor records. */
export interface ServedPrediction extends Prediction {
  readonly decisionId: string;
  readonly role: 'live';
  readonly modelName: string;
  readonly direction: Direction;
  readonly probabilities: ClassProbabilities;
  readonly features: Readonly<Record<string, number>>;
}

/**
 * Why there is no prediction. `expired`: the champion was trained too long ago. `failed`: it cannot be loaded, or its
 * model threw or gave no distribution. `too-few-preceding-rows`: it looks back on more rows than came with the request.
 */
export type UnavailableReason = 'no-active-model' | 'expired' | 'suspended' | 'failed' | 'too-few-preceding-rows';

/** No prediction, and why. */
export interface UnavailablePrediction {
  readonly status: 'unavailable';
  readonly reason: UnavailableReason;
  /** One sentence for people. */
  readonly message: string;
  /** The version that expired, failed, or needs more rows. */
  readonly modelVersionId?: string;
  /** What it failed with. */
  readonly error?: unknown;
}

export type PredictionResult =
  | { readonly status: 'predicted'; readonly prediction: ServedPrediction }
  | UnavailablePrediction;

/**
 * The id a prediction gets when the caller names none: what it is for, so that asking twice is one prediction.
 *
 *   modelName | symbol | predictedAt, with `\` and `|` inside a name escaped by `\`
 *
 * @example defaultPredictionId('BTC-USD/1h/direction', 'BTC-USD', 1136160000000); // 'BTC-USD/1h/direction|BTC-USD|1136160000000'
 */
export function defaultPredictionId(modelName: string, symbol: string, predictedAt: number): string {
  return `${escaped(modelName)}|${escaped(symbol)}|${predictedAt}`;
}

function escaped(name: string): string {
  return name.replace(/[\\|]/g, '\\$&');
}
