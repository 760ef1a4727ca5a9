import { type Checker, requireRecord, shape, subjectOf } from './checker.ts';
import { jsonObject } from './json-object.ts';
import { identifier, timestamp } from './scalar-checkers.ts';

const checker: Checker = shape({
  modelVersionId: identifier,
  name: identifier,
  reference: jsonObject,
  createdAt: timestamp,
});

/** The canonical copy of a `DriftReference`. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireDriftReference<T extends object>(record: T): T {
  return requireRecord(record, subjectOf('drift reference', record, 'name'), checker);
}
