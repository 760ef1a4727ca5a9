import type { JudgedOutcome, Outcome } from '../types/outcome.ts';
import {
  aBoolean,
  allOf,
  type Checker,
  type FieldCheckers,
  isObject,
  optional,
  problem,
  requireRecord,
  shape,
  subjectOf,
  within,
} from './checker.ts';
import { direction } from './prediction.ts';
import { finite, identifier, positive, timestamp } from './scalar-checkers.ts';

const outcome: Checker = allOf(
  shape<Outcome>({ observedAt: timestamp, price: optional(positive), direction: optional(direction) }),
  (value) =>
    isObject(value) && value.price === undefined && value.direction === undefined
      ? within('price or direction', problem('given', undefined))
      : undefined,
);

const judgedFields: FieldCheckers<JudgedOutcome> = {
  observedAt: timestamp,
  price: optional(positive),
  direction,
  correct: aBoolean,
  marketReturn: optional(finite),
  netReturn: optional(finite),
};

const judged: Checker = shape(judgedFields);

const resolution: Checker = shape({
  predictionId: identifier,
  outcome: judged,
  recordedAt: timestamp,
  correction: optional(aBoolean),
});

/** The canonical copy of what a host reports. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireOutcome(record: Outcome): Outcome {
  return requireRecord(record, 'outcome', outcome);
}

/** The canonical copy of an outcome judged against its prediction. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireJudgedOutcome(record: JudgedOutcome): JudgedOutcome {
  return requireRecord(record, 'judged outcome', judged);
}

/**
 * The canonical copy of a request to attach an outcome: `{predictionId, outcome, recordedAt, correction?}`.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export function requireOutcomeResolution<T extends object>(record: T): T {
  return requireRecord(record, subjectOf('outcome of prediction', record, 'predictionId'), resolution);
}
