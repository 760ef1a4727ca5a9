import type { FreezeWindow, ModelSlot, Probation } from '@mlperf/core';
import type { ModelSlotTable } from '../schema.ts';
import type { Writable } from '../writable.ts';

export function toSlot(row: ModelSlotTable): ModelSlot {
  const slot: Writable<ModelSlot> = {
    modelName: row.model_name,
    pinned: row.pinned === 1,
    suspended: row.suspended === 1,
    nextVersion: row.next_version,
  };
  if (row.champion_version_id !== null) slot.championVersionId = row.champion_version_id;
  if (row.previous_version_id !== null) slot.previousVersionId = row.previous_version_id;
  if (row.shadow_version_id !== null) slot.shadowVersionId = row.shadow_version_id;
  if (row.frozen_until !== null) slot.frozenUntil = row.frozen_until;
  if (row.freeze_windows !== null) slot.freezeWindows = JSON.parse(row.freeze_windows) as readonly FreezeWindow[];
  if (row.probation_version_id !== null) slot.probation = toProbation(row, row.probation_version_id);
  return slot;
}

function toProbation(row: ModelSlotTable, versionId: string): Probation {
  const probation: Writable<Probation> = { versionId, startedAt: row.probation_started_at! };
  if (row.probation_ends_at !== null) probation.endsAt = row.probation_ends_at;
  return probation;
}
