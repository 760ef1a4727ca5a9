import type { ConflictError } from '../errors.ts';
import type { Prediction, RecordedPrediction } from '../types/prediction.ts';
import { sameContent } from './canonical.ts';
import {
  allOf,
  type Checker,
  type FieldCheckers,
  isObject,
  mapOf,
  oneOf,
  optional,
  problem,
  requireRecord,
  shape,
  subjectOf,
  within,
} from './checker.ts';
import { contentConflict } from './difference.ts';
import {
  finite,
  identifier,
  MAX_ENTRIES,
  positive,
  positiveUnitInterval,
  timestamp,
  unitInterval,
} from './scalar-checkers.ts';

/** The directions and roles a record may name. */
export const direction: Checker = oneOf(['up', 'down', 'flat']);
export const predictionRole: Checker = oneOf(['live', 'shadow', 'member']);

/** How far from 1 class probabilities may sum, and from each other confidence and probability be: the rounding of a single-precision softmax. */
const PROBABILITY_TOLERANCE = 1e-6;

const probabilities: Checker = allOf(
  shape({ up: unitInterval, down: unitInterval, flat: optional(unitInterval) }),
  (value) => {
    const { up, down, flat = 0 } = value as { up: number; down: number; flat?: number };
    const sum = up + down + flat;
    return Math.abs(sum - 1) <= PROBABILITY_TOLERANCE ? undefined : problem('probabilities that sum to 1', sum);
  },
);

const fields: FieldCheckers<Prediction> = {
  id: identifier,
  decisionId: optional(identifier),
  role: optional(predictionRole),
  modelName: optional(identifier),
  modelVersionId: identifier,
  symbol: identifier,
  predictedAt: timestamp,
  dueAt: optional(timestamp),
  direction,
  confidence: positiveUnitInterval,
  probabilities: optional(probabilities),
  referencePrice: optional(positive),
  predictedPrice: optional(positive),
  features: optional(mapOf(finite, MAX_ENTRIES)),
};

const recordedFields: FieldCheckers<RecordedPrediction> = {
  ...fields,
  decisionId: identifier,
  role: predictionRole,
  recordedAt: timestamp,
};

const dueNotBeforeMade: Checker = (value) => {
  if (!isObject(value) || value.dueAt === undefined) return undefined;
  const { predictedAt, dueAt } = value;
  return Number(dueAt) >= Number(predictedAt)
    ? undefined
    : within('dueAt', problem(`at or after predictedAt (${predictedAt})`, dueAt));
};

/** Two answers to "how sure?" would count one way in calibration and another in the probability scores. */
const confidenceOfDirection: Checker = (value) => {
  const { direction: side, confidence, probabilities: given } = value as Prediction;
  if (given === undefined) return undefined;
  const probability = given[side];
  if (Math.abs((probability ?? 0) - confidence) <= PROBABILITY_TOLERANCE) return undefined;
  const expectation = `the probability of its direction, probabilities.${side} (${probability ?? 'absent'})`;
  return within('confidence', problem(expectation, confidence));
};

const prediction: Checker = allOf(shape(fields), dueNotBeforeMade, confidenceOfDirection);
const recorded: Checker = allOf(shape(recordedFields), dueNotBeforeMade, confidenceOfDirection);

/**
 * The canonical copy of a host's prediction. Confidence lies in (0, 1]; probabilities in [0, 1] sum to 1 within 1e-6
 * and give `direction` the confidence, within 1e-6; prices are > 0; times are whole epoch milliseconds.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export function requirePrediction(record: Prediction): Prediction {
  return requireRecord(record, subjectOf('prediction', record, 'id'), prediction);
}

/** As {@link requirePrediction}, with decision, role and time of recording filled in. */
export function requireRecordedPrediction(record: RecordedPrediction): RecordedPrediction {
  return requireRecord(record, subjectOf('prediction', record, 'id'), recorded);
}

/** The refusal of a prediction whose id is stored with other content, saying where the two differ. */
export function predictionConflict(stored: RecordedPrediction, given: RecordedPrediction): ConflictError {
  return contentConflict(`prediction '${given.id}'`, stored, { ...given, recordedAt: stored.recordedAt });
}

/** Whether two recorded predictions say the same: all but `recordedAt`. */
export function samePrediction(a: RecordedPrediction, b: RecordedPrediction): boolean {
  return sameContent({ ...a, recordedAt: 0 }, { ...b, recordedAt: 0 });
}
