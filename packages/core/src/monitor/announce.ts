import type { TypedEmitter } from '../events.ts';
import type { MonitorEvents } from './monitor-events.ts';
import type { BatchReceipt, DegradationChange, Operation, OutcomeEffect } from './recording/operation.ts';

export interface AnnounceContext {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The version the monitor follows. */
  readonly current: string | undefined;
  readonly modelName: string | undefined;
}

/** Emits the events of one operation that is now durable, in the order things happened. */
export function announceStored(
  emitter: TypedEmitter<MonitorEvents>,
  { effects }: Operation,
  receipt: BatchReceipt,
  context: AnnounceContext,
): void {
  const { at } = context;
  if (effects?.recorded !== undefined && emitter.hears('prediction-recorded')) {
    emitter.emit('prediction-recorded', { at, prediction: effects.recorded });
  }
  for (const effect of effects?.outcomes ?? []) {
    if (emitter.hears('outcome-tracked')) announceOutcome(emitter, effect, at);
    const window = receipt.windows.get(effect);
    if (window !== undefined) emitter.emit('window-completed', { at, window });
    const { change } = effect;
    if (change !== undefined && !change.announced) {
      change.announced = true;
      announceChange(emitter, effect, change, true, context);
    }
  }
}

function announceOutcome(emitter: TypedEmitter<MonitorEvents>, effect: OutcomeEffect, at: number): void {
  const { prediction } = effect.entry;
  emitter.emit('outcome-tracked', {
    at,
    modelVersionId: prediction.modelVersionId,
    ...(prediction.modelName !== undefined && { modelName: prediction.modelName }),
    predictionId: prediction.id,
    decisionId: prediction.decisionId,
    symbol: prediction.symbol,
    role: prediction.role,
    status: effect.status,
    outcome: effect.resolution.outcome,
    ...(effect.rollingAccuracy !== undefined && { rollingAccuracy: effect.rollingAccuracy }),
  });
}

export function announceChange(
  emitter: TypedEmitter<MonitorEvents>,
  { entry }: OutcomeEffect,
  { to, verdict }: DegradationChange,
  durable: boolean,
  { at, current, modelName }: AnnounceContext,
): void {
  const { modelVersionId } = entry.prediction;
  emitter.emit(to === 'degraded' ? 'model-degraded' : 'model-recovered', {
    at,
    ...(modelName !== undefined && { modelName }),
    modelVersionId,
    current: modelVersionId === current,
    durable,
    verdict,
  });
}
