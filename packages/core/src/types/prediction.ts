/** The side a model takes, or what the price did. `flat`: a move inside the flat band. */
export type Direction = 'up' | 'down' | 'flat';

/** `live`: the host acted on it; `shadow`: a challenger beside it; `member`: one voice of an ensemble. */
export type PredictionRole = 'live' | 'shadow' | 'member';

/** Probability of each class, summing to 1 within 1e-6. Without `flat` the model knows two classes. */
export interface ClassProbabilities {
  readonly up: number;
  readonly down: number;
  readonly flat?: number;
}

/** A direction with a confidence, made by one model version for one symbol at one time. */
export interface Prediction {
  /** Idempotency key: same id and content is a no-op, same id and other content is `CONFLICT`. */
  readonly id: string;
  /** What the host acted on; joins live, shadow and member predictions. Default: `id`. */
  readonly decisionId?: string;
  /** Default `live`. */
  readonly role?: PredictionRole;
  readonly modelName?: string;
  readonly modelVersionId: string;
  readonly symbol: string;
  /** Epoch milliseconds. */
  readonly predictedAt: number;
  /** When the outcome should be known, epoch milliseconds; not before `predictedAt`. */
  readonly dueAt?: number;
  readonly direction: Direction;
  /** Probability given to `direction`, in (0, 1]; with `probabilities` theirs, within 1e-6. */
  readonly confidence: number;
  readonly probabilities?: ClassProbabilities;
  /** Price the outcome is measured against, > 0. */
  readonly referencePrice?: number;
  /** > 0. */
  readonly predictedPrice?: number;
  readonly features?: Readonly<Record<string, number>>;
}

/** A prediction as stored: defaults filled in, stamped with the time it was recorded. */
export interface RecordedPrediction extends Prediction {
  readonly decisionId: string;
  readonly role: PredictionRole;
  /** Epoch milliseconds; not part of the content that idempotency compares. */
  readonly recordedAt: number;
}
