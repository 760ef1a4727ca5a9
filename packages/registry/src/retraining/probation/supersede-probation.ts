import type { StorageStores } from '@mlperf/core';
import { changeSlot } from '../../versions/slot-controls.ts';
import { promotionOf } from './probation-record.ts';

/**
 * Ends the probation of a slot whose champion changes by other means, if there is one. For use inside the transaction of
 * that change. @param now - Epoch milliseconds.
 */
export async function supersedeProbation(tx: StorageStores, modelName: string, now: number): Promise<void> {
  const slot = await tx.slots.get(modelName);
  if (slot?.probation === undefined) return;
  const { versionId } = slot.probation;
  const predecessor = (await promotionOf(tx, modelName, versionId))?.previousVersionId;
  const isOurs = predecessor !== undefined && slot.shadowVersionId === predecessor;
  const about = { actor: 'probation', reason: 'probation superseded' };
  await changeSlot(tx, modelName, { probation: null, ...(isOurs ? { shadowVersionId: null } : {}) }, about, now);
  const payload = { modelName, versionId, at: now, verdict: 'superseded' };
  await tx.outbox.append([{ modelName, type: 'probation-ended', payload, at: now }]);
}
