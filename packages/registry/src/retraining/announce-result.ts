import type { TypedEmitter } from '@mlperf/core';
import { errorRecordOf } from './retraining-entry.ts';
import type { RetrainingEvents } from './retraining-events.ts';
import type { RunResult } from './run-context.ts';

/** A run that is over. */
export type Verdict = Extract<RunResult, { readonly status: 'promoted' | 'rejected' | 'failed' }>;

/** Emits the verdict of a run that has one; a run that waits or was left has none. */
export function announceResult(emitter: TypedEmitter<RetrainingEvents>, result: RunResult): void {
  if (result.status === 'waiting' || result.status === 'left') return;
  const { type, payload } = verdictEvent(result);
  // Each name goes with its payload, as verdictEvent has put them together.
  if (type === 'retraining-failed') emitter.emit(type, payload);
  else if (type === 'retraining-completed') emitter.emit(type, payload);
  else emitter.emit(type, payload);
  if (result.status === 'rejected' && result.fallback !== undefined) emitter.emit('fallback-taken', result.fallback);
}

/** What is told of a verdict, to listeners and in the outbox. */
export function verdictEvent(result: Verdict) {
  const { retrainingId, modelName, trigger, oldVersionId, newVersionId, updatedAt, seconds, failedStage } =
    result.entry;
  const about = { modelName, retrainingId, trigger: { ...trigger }, at: updatedAt };
  if (result.status === 'failed') {
    const stage = failedStage === undefined ? {} : { stage: failedStage };
    return { type: 'retraining-failed', payload: { ...about, ...stage, ...errorRecordOf(result.error) } } as const;
  }
  const verdict = {
    ...about,
    ...(oldVersionId === undefined ? {} : { oldVersionId }),
    newVersionId: newVersionId!,
    seconds: seconds!,
    ...(result.shadow === undefined ? {} : { shadow: result.shadow }),
  };
  if (result.status === 'promoted') {
    return { type: 'retraining-completed', payload: { ...verdict, evidence: result.verdict.evidence } } as const;
  }
  const evidence = result.verdict === undefined ? {} : { evidence: result.verdict.evidence };
  return { type: 'retraining-rejected', payload: { ...verdict, reason: result.reason, ...evidence } } as const;
}
