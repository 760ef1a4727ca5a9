import type { StudyRecord } from '../types/experiment.ts';
import { type Checker, type FieldCheckers, oneOf, optional, requireRecord, shape, subjectOf } from './checker.ts';
import { jsonObject } from './json-object.ts';
import { identifier, MAX_IDENTIFIER_LENGTH, text, timestamp, whole } from './scalar-checkers.ts';

const fields: FieldCheckers<StudyRecord> = {
  studyId: identifier,
  modelType: identifier,
  searchSpace: jsonObject,
  sampler: identifier,
  metric: identifier,
  direction: oneOf(['maximize', 'minimize']),
  seed: text(0, MAX_IDENTIFIER_LENGTH),
  dataVersion: identifier,
  parallelism: whole(1),
  settings: optional(jsonObject),
  createdAt: timestamp,
};

const checker: Checker = shape(fields);

/** The canonical copy of a study. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireStudy(record: StudyRecord): StudyRecord {
  return requireRecord(record, subjectOf('study', record, 'studyId'), checker);
}
