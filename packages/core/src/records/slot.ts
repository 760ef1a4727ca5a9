import type { FreezeWindow, Probation } from '../types/model.ts';
import {
  aBoolean,
  allOf,
  type Checker,
  type FieldCheckers,
  isObject,
  listOf,
  nullable,
  oneOf,
  optional,
  problem,
  requireRecord,
  shape,
  subjectOf,
  within,
} from './checker.ts';
import { jsonObject } from './json-object.ts';
import { modelName } from './model-version.ts';
import { identifier, nonEmptyText, timestamp } from './scalar-checkers.ts';

const promotionRequest: Checker = shape({
  modelName,
  kind: oneOf(['promotion', 'rollback']),
  versionId: identifier,
  expectedChampionVersionId: optional(identifier),
  at: timestamp,
  actor: identifier,
  reason: nonEmptyText,
  evidence: optional(jsonObject),
});

const probationFields: FieldCheckers<Probation> = {
  versionId: identifier,
  startedAt: timestamp,
  endsAt: optional(timestamp),
};

const probation: Checker = allOf(shape(probationFields), (value) => {
  if (!isObject(value) || value.endsAt === undefined || Number(value.endsAt) >= Number(value.startedAt))
    return undefined;
  return within('endsAt', problem(`at or after startedAt (${value.startedAt})`, value.endsAt));
});

/** Most freeze windows of one slot. */
const MAX_FREEZE_WINDOWS = 1_000;

const freezeWindowFields: FieldCheckers<FreezeWindow> = {
  from: timestamp,
  to: timestamp,
  reason: optional(nonEmptyText),
};

const freezeWindow: Checker = allOf(shape(freezeWindowFields), (value) => {
  if (!isObject(value) || Number(value.to) > Number(value.from)) return undefined;
  return within('to', problem(`after from (${value.from})`, value.to));
});

const slotPatch: Checker = shape({
  shadowVersionId: optional(nullable(identifier)),
  pinned: optional(aBoolean),
  frozenUntil: optional(nullable(timestamp)),
  freezeWindows: optional(nullable(listOf(freezeWindow, MAX_FREEZE_WINDOWS))),
  suspended: optional(aBoolean),
  probation: optional(nullable(probation)),
});

/** The canonical copy of a `PromotionRequest`. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requirePromotionRequest<T extends object>(record: T): T {
  return requireRecord(record, subjectOf('promotion of', record, 'versionId'), promotionRequest);
}

/** The canonical copy of a `SlotPatch`. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireSlotPatch<T extends object>(patch: T): T {
  return requireRecord(patch, 'slot patch', slotPatch);
}
