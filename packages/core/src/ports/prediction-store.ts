import type { JudgedOutcome, ResolvedPrediction, TrackedOutcome, TrackedPrediction } from '../types/outcome.ts';
import type { Page, PageRequest } from '../types/paging.ts';
import type { PredictionRole, RecordedPrediction } from '../types/prediction.ts';

export interface OutcomeResolution {
  readonly predictionId: string;
  readonly outcome: JudgedOutcome;
  /** When the outcome was handed to us, epoch milliseconds. */
  readonly recordedAt: number;
  /** True to replace an outcome that differs; without it a different outcome is `CONFLICT`. */
  readonly correction?: boolean;
}

export interface ResolutionResult {
  readonly predictionId: string;
  /** `unchanged`: this very outcome was stored before. */
  readonly status: 'resolved' | 'unchanged' | 'corrected';
  readonly outcome: TrackedOutcome;
  /** What a correction replaced. */
  readonly replaced?: TrackedOutcome;
}

/** Predictions made and outcomes arrived since the last time. */
export interface RecordRequest {
  readonly predictions: readonly RecordedPrediction[];
  /** Of stored predictions and of those beside them. */
  readonly resolutions: readonly OutcomeResolution[];
}

export interface RecordReceipt {
  /** For each prediction, in order, whether it was new. */
  readonly added: readonly boolean[];
  /** For each resolution, in order, what it did and the number of its outcome. */
  readonly resolved: readonly Pick<ResolutionResult & TrackedOutcome, 'status' | 'sequence'>[];
}

export interface PredictionFilter {
  readonly modelVersionId?: string;
  readonly modelName?: string;
  readonly symbol?: string;
  readonly role?: PredictionRole;
  /** `predictedAt` ≥ this, epoch milliseconds. */
  readonly predictedFrom?: number;
  /** `predictedAt` < this. */
  readonly predictedTo?: number;
  /** true: with an outcome; false: without. */
  readonly resolved?: boolean;
}

export interface OutcomeQuery {
  readonly modelVersionId: string;
  readonly role: PredictionRole;
  readonly symbol?: string;
  /** Only outcomes with a greater sequence; default 0. */
  readonly afterSequence?: number;
  /** 1 to 100,000. */
  readonly limit: number;
}

/** Which predictions are too old to keep. */
export interface RemovalRequest {
  /**
   * Those made before this, epoch milliseconds; but not one whose outcome was recorded at or after it, which a monitor
   * may not have seen yet.
   */
  readonly predictedBefore: number;
  /** Of those without an outcome only the ones due (`dueAt`, or else `predictedAt`) before this, epoch milliseconds. */
  readonly openDueBefore: number;
  /** The most to remove, 1 to 10,000. */
  readonly limit: number;
}

export interface RemovalReceipt {
  readonly removed: number;
  /** False when there may be more to remove. */
  readonly complete: boolean;
}

/**
 * Predictions and their outcomes: the audit trail every figure rests on.
 * Roll-ups (see {@link RollupStore}) change in the same transaction as these rows.
 */
export interface PredictionStore {
  /**
   * Stores predictions, all or none, at most 10,000 (`TOO_LARGE`). A known id with the same content (all but
   * `recordedAt`) is left alone.
   * @returns for each prediction, in order, whether it was new.
   * @throws {@link ConflictError} `CONFLICT` naming the id, when a known id comes with other content.
   */
  append(predictions: readonly RecordedPrediction[]): Promise<readonly boolean[]>;

  /**
   * Attaches outcomes, all or none, at most 10,000 (`TOO_LARGE`), numbering the new ones in the order given (see
   * `TrackedOutcome.sequence`).
   * Two outcomes are the same when `observedAt`, `price` and `direction` are.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for an outcome observed before its prediction was made.
   * @throws {@link NotFoundError} for an unknown prediction id.
   * @throws {@link ConflictError} `CONFLICT` for another outcome than the stored one without `correction`.
   */
  resolve(resolutions: readonly OutcomeResolution[]): Promise<readonly ResolutionResult[]>;

  /**
   * `append`, then `resolve`, all or none: what a monitor writes, for less than the two cost.
   * @throws As `append` and `resolve`.
   */
  record(request: RecordRequest): Promise<RecordReceipt>;

  /** In the order of the ids; `undefined` where absent. At most 10,000 ids (`TOO_LARGE`). */
  get(ids: readonly string[]): Promise<readonly (TrackedPrediction | undefined)[]>;

  /** Every prediction made for a decision, ordered by id. */
  findByDecision(decisionId: string): Promise<readonly TrackedPrediction[]>;

  /** The newest `limit` outcomes by sequence, returned oldest first. */
  recentOutcomes(query: OutcomeQuery): Promise<readonly ResolvedPrediction[]>;

  /** The first `limit` outcomes after `afterSequence`, oldest first: for replay. */
  outcomesAfter(query: OutcomeQuery): Promise<readonly ResolvedPrediction[]>;

  /**
   * Removes predictions that are too old to keep, with their outcomes; their roll-ups stay. An adapter may remove a
   * whole month at once, whatever the limit. From then on nobody knows the removed ids: a new prediction made before
   * the newest that a removal could have taken is refused (`INVALID_RECORD`), since it might be one of them, counted already; an outcome
   * of one is `NOT_FOUND`.
   */
  removeBefore(request: RemovalRequest): Promise<RemovalReceipt>;

  /** Ordered by `predictedAt`, then id. */
  list(filter: PredictionFilter, page?: PageRequest): Promise<Page<TrackedPrediction>>;
}
