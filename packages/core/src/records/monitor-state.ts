import { type Checker, requireRecord, shape, subjectOf } from './checker.ts';
import { jsonObject } from './json-object.ts';
import { identifier, timestamp, whole } from './scalar-checkers.ts';

const checker: Checker = shape({
  modelVersionId: identifier,
  sequence: whole(0),
  state: jsonObject,
  updatedAt: timestamp,
});

/** The canonical copy of a `MonitorStateRecord`. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireMonitorState<T extends object>(record: T): T {
  return requireRecord(record, subjectOf('monitor state of', record, 'modelVersionId'), checker);
}
