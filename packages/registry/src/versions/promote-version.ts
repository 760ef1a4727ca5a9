import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  type StorageStores,
  type StoredModelVersion,
} from '@mlperf/core';
import { type ChampionChange, changeChampion } from './change-champion.ts';
import type { ModelRolledBackEvent } from './registry-events.ts';
import type { PromoteRequest, RollbackRequest } from './registry-requests.ts';
import { isServable } from './require-servable.ts';
import { hasServed, rollbackTarget } from './rollback-target.ts';

/** A promotion and its event, inside a transaction. @throws as `changeChampion`. */
export async function promoteVersion(
  tx: StorageStores,
  modelName: string,
  versionId: string,
  request: PromoteRequest,
  at: number,
): Promise<ChampionChange> {
  requireRequest(request, 'a promotion', 'expectedActive, the champion seen');
  const change = await changeChampion(tx, {
    modelName,
    kind: 'promotion',
    versionId,
    expectedChampionVersionId: request.expectedActive,
    at,
    actor: request.actor ?? 'host',
    reason: request.reason ?? 'promoted by hand',
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
  });
  await tx.outbox.append([{ modelName, type: 'model-promoted', payload: change.event, at }]);
  return change;
}

/** A rollback, the bar on what it leaves, and its event, inside a transaction. @throws as `ModelRegistry.rollback`. */
export async function rollBackVersion(
  tx: StorageStores,
  request: RollbackRequest,
  at: number,
): Promise<ChampionChange & { readonly event: ModelRolledBackEvent }> {
  requireRequest(request, 'a rollback', 'modelName and reason');
  const { modelName, reason } = request;
  const barred = request.bar ?? true;
  const champion = (await tx.slots.get(modelName))?.championVersionId;
  if (champion === undefined) throw new NotFoundError(`model '${modelName}' has no champion to roll back`);
  const named = request.versionId;
  const servable = (version: StoredModelVersion) => isServable(tx, version);
  const versionId = named ?? (await rollbackTarget(tx, modelName, servable));
  if (versionId === undefined) throw new NotFoundError(`model '${modelName}' has no earlier version to go back to`);
  if (named !== undefined && (await tx.models.get(named)) !== undefined && !(await hasServed(tx, modelName, named))) {
    throw new ConflictError(
      `version '${named}' has never served '${modelName}': promote it, there is no way back to it`,
    );
  }
  const { version, event } = await changeChampion(tx, {
    modelName,
    kind: 'rollback',
    versionId,
    expectedChampionVersionId: request.expectedActive ?? champion,
    at,
    actor: request.actor ?? 'host',
    reason,
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
  });
  if (barred) await tx.models.bar({ versionId: champion, modelName, reason, at });
  const payload = { ...event, barred };
  await tx.outbox.append([{ modelName, type: 'model-rolled-back', payload, at }]);
  return { version, event: payload };
}

/** JavaScript lets it be left out. */
function requireRequest(request: unknown, subject: string, parts: string): void {
  if (typeof request === 'object' && request !== null) return;
  const came = request === null ? 'null' : request === undefined ? 'nothing' : typeof request;
  throw new InvalidInputError('INVALID_RECORD', `${subject} must say ${parts}; got ${came}`);
}
