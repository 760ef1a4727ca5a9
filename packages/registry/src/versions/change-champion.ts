import {
  ConflictError,
  type JsonObject,
  type ModelStatus,
  NotFoundError,
  type PromotionRecord,
  type PromotionRequest,
  type StorageStores,
  type StoredModelVersion,
} from '@mlperf/core';
import { requireNotBarred } from './barred-content.ts';
import type { ModelPromotedEvent } from './registry-events.ts';
import { requireServable } from './require-servable.ts';

const NOT_SERVABLE: ReadonlySet<ModelStatus> = new Set(['training', 'failed']);

export interface ChampionChange {
  readonly version: StoredModelVersion;
  readonly event: ModelPromotedEvent;
}

/**
 * Everything a change of champion writes but its event: slot, log and statuses. The version that left becomes
 * `archived`. For use inside a transaction.
 * @throws as `SlotStore.promote` and `requireServable`, and `CONFLICT` for a version that is still in training or has
 * failed, or whose very bundle is barred under another id.
 */
export async function changeChampion(tx: StorageStores, request: PromotionRequest): Promise<ChampionChange> {
  const version = await tx.models.get(request.versionId);
  if (version === undefined || version.modelName !== request.modelName) {
    throw new NotFoundError(`model '${request.modelName}' has no version '${request.versionId}'`);
  }
  if (NOT_SERVABLE.has(version.status)) {
    throw new ConflictError(
      `version '${version.versionId}' must be trained to be served; its status is ${version.status}`,
    );
  }
  const { promotion } = await tx.slots.promote(request);
  // What these refuse undoes the transaction. The bundle is read last: it is the dear one.
  await requireNotBarred(tx, version);
  await requireServable(tx, version);
  if (promotion.previousVersionId !== undefined) await tx.models.setStatus(promotion.previousVersionId, 'archived');
  await tx.models.setStatus(version.versionId, 'active');
  return { version: { ...version, status: 'active' }, event: eventOf(promotion, version) };
}

function eventOf(promotion: PromotionRecord, version: StoredModelVersion): ModelPromotedEvent {
  const { modelName, versionId, previousVersionId, at, actor, reason, sequence } = promotion;
  const evidence: JsonObject | undefined = promotion.evidence;
  return {
    modelName,
    versionId,
    version: version.version,
    ...(previousVersionId === undefined ? {} : { previousVersionId }),
    at,
    actor,
    reason,
    ...(evidence === undefined ? {} : { evidence }),
    sequence,
  };
}
