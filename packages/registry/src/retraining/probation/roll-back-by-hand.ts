import type { JsonObject } from '@mlperf/core';
import type { ModelRegistry } from '../../model-registry.ts';
import type { ModelRolledBackEvent } from '../../versions/registry-events.ts';
import { supersedeProbation } from './supersede-probation.ts';

/** Why people take a version back, and who they are. */
export interface RollbackReason {
  readonly reason?: string;
  readonly actor?: string;
  readonly evidence?: JsonObject;
}

/**
 * Puts an earlier version back, bars the champion, and ends its probation, in one transaction.
 * @param versionId - Default: see `ModelRegistry.rollback`. @param now - Epoch milliseconds.
 */
export function rollBackByHand(
  registry: ModelRegistry,
  modelName: string,
  versionId: string | undefined,
  about: RollbackReason,
  now: number,
): Promise<ModelRolledBackEvent> {
  const target = versionId === undefined ? {} : { versionId };
  return registry.rollback(
    { modelName, reason: 'rolled back by hand', ...about, ...target },
    { alongside: (tx) => supersedeProbation(tx, modelName, now) },
  );
}
