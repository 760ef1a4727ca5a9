import { ConflictError } from '../errors.ts';
import type { RetrainingLogEntry, RetrainingStage, RetrainingTrigger } from '../types/retraining.ts';
import {
  aBoolean,
  allOf,
  type Checker,
  type FieldCheckers,
  oneOf,
  optional,
  problem,
  requireRecord,
  shape,
  subjectOf,
  within,
} from './checker.ts';
import { describeDifference } from './difference.ts';
import { jsonObject } from './json-object.ts';
import { modelName } from './model-version.ts';
import { finite, freeText, identifier, notNegative, timestamp } from './scalar-checkers.ts';

/**
 * The steps of the state machine: from each stage, those that may follow. Any unfinished stage may fail, and
 * `evaluating`, which may last for weeks, may be stored again with more evidence.
 */
export const RETRAINING_STEPS: { readonly [stage in RetrainingStage]: readonly RetrainingStage[] } = {
  requested: ['gathering', 'failed'],
  gathering: ['training', 'failed'],
  training: ['evaluating', 'failed'],
  evaluating: ['evaluating', 'promoted', 'rejected', 'failed'],
  promoted: [],
  rejected: [],
  failed: [],
};

/** Whether no further step follows. */
export function isFinishedStage(stage: RetrainingStage): boolean {
  return RETRAINING_STEPS[stage].length === 0;
}

const stages = Object.keys(RETRAINING_STEPS) as RetrainingStage[];
const stage: Checker = oneOf(stages);

const triggerFields: FieldCheckers<RetrainingTrigger> = {
  triggerType: oneOf(['accuracy_drop', 'calibration_loss', 'data_drift', 'custom', 'time_based', 'manual']),
  name: optional(identifier),
  thresholdValue: optional(finite),
  currentValue: optional(finite),
  triggeredAt: timestamp,
  reason: freeText,
};

const fields: FieldCheckers<RetrainingLogEntry> = {
  retrainingId: identifier,
  modelName,
  trigger: shape(triggerFields),
  stage,
  failedStage: optional(oneOf(stages.filter((name) => !isFinishedStage(name)))),
  oldVersionId: optional(identifier),
  newVersionId: optional(identifier),
  requestedAt: timestamp,
  updatedAt: timestamp,
  finishedAt: optional(timestamp),
  seconds: optional(notNegative),
  success: optional(aBoolean),
  evidence: optional(jsonObject),
  error: optional(shape({ code: identifier, message: freeText })),
};

/** A verdict is there exactly when the retraining has finished, and says what its stage says. */
const consistent: Checker = (value) => {
  const entry = value as RetrainingLogEntry;
  const finished = isFinishedStage(entry.stage);
  const expected = finished ? entry.stage !== 'failed' : undefined;
  if (entry.success !== expected) {
    return within('success', problem(`${expected ?? 'absent'} in stage ${entry.stage}`, entry.success));
  }
  if ((entry.finishedAt !== undefined) !== finished) {
    return within('finishedAt', problem(`${finished ? 'a time' : 'absent'} in stage ${entry.stage}`, entry.finishedAt));
  }
  if (entry.failedStage !== undefined && entry.stage !== 'failed') {
    return within('failedStage', problem(`absent in stage ${entry.stage}`, entry.failedStage));
  }
  return undefined;
};

const checker: Checker = allOf(shape(fields), consistent);

const newEntry: Checker = allOf(checker, (value) => {
  const { stage: first } = value as RetrainingLogEntry;
  return first === 'requested' ? undefined : within('stage', problem('requested in a new entry', first));
});

/** The canonical copy of an entry. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requireRetrainingEntry(record: RetrainingLogEntry): RetrainingLogEntry {
  return requireRecord(record, subjectOf('retraining', record, 'retrainingId'), checker);
}

/** As {@link requireRetrainingEntry}, for an entry that starts in stage `requested`. */
export function requireNewRetrainingEntry(record: RetrainingLogEntry): RetrainingLogEntry {
  return requireRecord(record, subjectOf('retraining', record, 'retrainingId'), newEntry);
}

/**
 * Judges a step: the stored stage is `from`, the step is one of {@link RETRAINING_STEPS}, and name, trigger and time
 * of the request are the stored ones.
 * @throws {@link ConflictError} `CONFLICT` otherwise.
 */
export function requireRetrainingStep(
  stored: RetrainingLogEntry,
  next: RetrainingLogEntry,
  from: RetrainingStage,
): void {
  const subject = `retraining '${stored.retrainingId}'`;
  if (stored.stage !== from) throw new ConflictError(`${subject} must be ${from} to move on; it is ${stored.stage}`);
  if (!RETRAINING_STEPS[from].includes(next.stage)) {
    const allowed = RETRAINING_STEPS[from].join(' or ') || 'no other stage';
    throw new ConflictError(`${subject} may go from ${from} to ${allowed}; got ${next.stage}`);
  }
  for (const field of ['modelName', 'trigger', 'requestedAt'] as const) {
    const difference = describeDifference({ [field]: stored[field] }, { [field]: next[field] });
    if (difference !== undefined) {
      throw new ConflictError(`${subject} must stay what was requested: ${difference}`);
    }
  }
}
