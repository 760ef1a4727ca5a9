import type { OutboxEventDraft } from '../types/outbox-event.ts';
import { type Checker, type FieldCheckers, requireRecord, shape, subjectOf } from './checker.ts';
import { jsonObject } from './json-object.ts';
import { modelName } from './model-version.ts';
import { identifier, timestamp } from './scalar-checkers.ts';

const fields: FieldCheckers<OutboxEventDraft> = {
  modelName,
  type: identifier,
  payload: jsonObject,
  at: timestamp,
};

const checker: Checker = shape(fields);

/** The canonical copy of an event to append. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireOutboxEventDraft(record: OutboxEventDraft): OutboxEventDraft {
  return requireRecord(record, subjectOf('outbox event', record, 'type'), checker);
}
