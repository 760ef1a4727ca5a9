import { createHash } from 'node:crypto';
import { MlperfError, type RetrainingLogEntry, type RetrainingStage, type RetrainingTrigger } from '@mlperf/core';

/** A retraining's id: the same request after the same history has the same one. */
export function retrainingIdOf(
  modelName: string,
  trigger: RetrainingTrigger,
  requestedAt: number,
  previousId: string | undefined,
): string {
  const identity = JSON.stringify([modelName, trigger.triggerType, requestedAt, previousId ?? null]);
  return `rt-${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`;
}

/** The entry one step on. @param at - Epoch milliseconds; never before the entry's own times. */
export function steppedTo(
  entry: RetrainingLogEntry,
  stage: RetrainingStage,
  at: number,
  changes: Partial<Pick<RetrainingLogEntry, 'oldVersionId' | 'newVersionId' | 'evidence'>> = {},
): RetrainingLogEntry {
  return { ...entry, ...changes, ...evidenceOf(entry, changes), stage, updatedAt: Math.max(at, entry.updatedAt) };
}

/** The entry with its verdict. */
export function finishedAs(
  entry: RetrainingLogEntry,
  stage: 'promoted' | 'rejected' | 'failed',
  at: number,
  changes: Partial<Pick<RetrainingLogEntry, 'evidence' | 'error' | 'failedStage'>> = {},
): RetrainingLogEntry {
  const finishedAt = Math.max(at, entry.updatedAt);
  return {
    ...entry,
    ...changes,
    ...evidenceOf(entry, changes),
    stage,
    updatedAt: finishedAt,
    finishedAt,
    seconds: (finishedAt - entry.requestedAt) / 1_000,
    success: stage !== 'failed',
  };
}

/** What earlier steps said stays, unless a later one says otherwise. */
function evidenceOf(
  entry: RetrainingLogEntry,
  changes: Pick<RetrainingLogEntry, 'evidence'>,
): Pick<RetrainingLogEntry, 'evidence'> {
  return changes.evidence === undefined ? {} : { evidence: { ...entry.evidence, ...changes.evidence } };
}

/** Longest message an entry keeps of an error, in characters. */
const MAX_MESSAGE = 2_000;

/** What an entry keeps of an error: a code to branch on and a message for people. */
export function errorRecordOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: MlperfError.is(error) ? error.code : 'TRAINING_FAILED',
    message: message.replaceAll('\u0000', '').toWellFormed().slice(0, MAX_MESSAGE).toWellFormed(),
  };
}
