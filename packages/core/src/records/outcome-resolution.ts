import { ConflictError, InvalidInputError } from '../errors.ts';
import type { JudgedOutcome, Outcome, TrackedOutcome } from '../types/outcome.ts';
import type { Prediction, RecordedPrediction } from '../types/prediction.ts';

/** What a store is asked to attach. */
export interface RequestedOutcome {
  readonly outcome: JudgedOutcome;
  readonly recordedAt: number;
  readonly correction?: boolean;
}

/** What is to be stored: nothing new (`unchanged`), or `outcome`. */
export interface ResolutionDecision {
  readonly status: 'resolved' | 'unchanged' | 'corrected';
  readonly outcome: TrackedOutcome;
}

/**
 * Decides what an outcome does to a prediction, so that all stores decide alike. Two outcomes are the same when
 * `observedAt`, `price` and `direction` are. A correction keeps the sequence and the first `recordedAt`.
 *
 * @param stored - The outcome the prediction has, if any.
 * @param nextSequence - Called once, and only for a first outcome.
 * @throws {@link InvalidInputError} `INVALID_RECORD` if `correct` contradicts the two directions, or if the outcome was
 * observed before the prediction was made.
 * @throws {@link ConflictError} `CONFLICT` for another outcome than the stored one without `correction`.
 */
export function decideResolution(
  prediction: RecordedPrediction,
  stored: TrackedOutcome | undefined,
  request: RequestedOutcome,
  nextSequence: () => number,
): ResolutionDecision {
  const { outcome, recordedAt } = request;
  const hit = prediction.direction === outcome.direction;
  if (outcome.correct !== hit) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `outcome of prediction '${prediction.id}': correct must be ${hit}, since '${prediction.direction}' was predicted and '${outcome.direction}' observed; got ${outcome.correct}`,
    );
  }
  if (stored !== undefined && sameOutcome(stored, outcome)) return { status: 'unchanged', outcome: stored };
  requireObservedAfter(prediction, outcome.observedAt);
  if (stored === undefined) {
    return { status: 'resolved', outcome: { ...outcome, sequence: nextSequence(), recordedAt } };
  }
  if (request.correction !== true) {
    throw new ConflictError(
      `prediction '${prediction.id}' has another outcome: ${describe(stored)} is stored; got ${describe(outcome)}`,
    );
  }
  return {
    status: 'corrected',
    outcome: { ...outcome, sequence: stored.sequence, recordedAt: stored.recordedAt, correctedAt: recordedAt },
  };
}

/** @throws {@link InvalidInputError} `INVALID_RECORD` for an outcome observed before its prediction was made. */
export function requireObservedAfter({ id, predictedAt }: Prediction, observedAt: number): void {
  if (observedAt >= predictedAt) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `outcome of prediction '${id}': observedAt must be at or after predictedAt (${predictedAt}); got ${observedAt}`,
  );
}

/** Whether two outcomes say the same: by `observedAt`, `price` and `direction`. */
export function sameOutcome(a: JudgedOutcome, b: JudgedOutcome): boolean {
  return a.observedAt === b.observedAt && a.price === b.price && a.direction === b.direction;
}

/**
 * Whether a host says again what is stored: the same time and price and, where it names one, the same direction. A
 * direction that followed from the price follows no more once the flat band has changed, so it is not compared.
 */
export function repeatsOutcome(stored: JudgedOutcome, given: Outcome): boolean {
  return (
    stored.observedAt === given.observedAt &&
    stored.price === given.price &&
    (given.direction === undefined || given.direction === stored.direction)
  );
}

function describe({ direction, price, observedAt }: JudgedOutcome): string {
  return `'${direction}'${price === undefined ? '' : ` at ${price}`} observed at ${observedAt}`;
}
