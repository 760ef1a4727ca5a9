import type { TypedEmitter } from '@mlperf/core';
import { errorRecordOf } from './retraining-entry.ts';
import type { RetrainingEvents } from './retraining-events.ts';
import type { RunResult } from './run-context.ts';

/** Emits the verdict of a run that has one; a run that waits or was left has none. */
export function announceResult(emitter: TypedEmitter<RetrainingEvents>, result: RunResult): void {
  if (result.status === 'waiting' || result.status === 'left') return;
  const { retrainingId, modelName, trigger, oldVersionId, newVersionId, updatedAt, seconds, failedStage } =
    result.entry;
  const about = { modelName, retrainingId, trigger, at: updatedAt };
  if (result.status === 'failed') {
    const stage = failedStage === undefined ? {} : { stage: failedStage };
    emitter.emit('retraining-failed', { ...about, ...stage, ...errorRecordOf(result.error) });
    return;
  }
  const verdict = {
    ...about,
    ...(oldVersionId === undefined ? {} : { oldVersionId }),
    newVersionId: newVersionId!,
    seconds: seconds!,
  };
  const shadow = result.shadow === undefined ? {} : { shadow: result.shadow };
  if (result.status === 'promoted') {
    emitter.emit('retraining-completed', { ...verdict, ...shadow, evidence: result.verdict.evidence });
  } else {
    const evidence = result.verdict === undefined ? {} : { evidence: result.verdict.evidence };
    emitter.emit('retraining-rejected', { ...verdict, ...shadow, reason: result.reason, ...evidence });
    if (result.fallback !== undefined) emitter.emit('fallback-taken', result.fallback);
  }
}
