import type { RetrainingConfig, StorageStores } from '@mlperf/core';
import { supersedeProbation } from './supersede-probation.ts';

const DAY_MS = 86_400_000;

export interface ProbationRequest {
  readonly modelName: string;
  readonly newVersionId: string;
  /** Absent when there was no champion: then there is nothing to go back to, and no watch. */
  readonly oldVersionId: string | undefined;
  readonly config: Pick<RetrainingConfig, 'probationRows' | 'probationDays'>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Puts a version that has just been promoted on probation, with its predecessor beside it, unless a version that
 * somebody else put there has that place. A watch over the predecessor ends with it. For use inside the transaction of
 * the promotion.
 */
export async function beginProbation(tx: StorageStores, request: ProbationRequest): Promise<void> {
  const { modelName, newVersionId, oldVersionId, config, now } = request;
  await supersedeProbation(tx, modelName, now);
  const beside = (await tx.slots.get(modelName))?.shadowVersionId;
  const isFree = beside === undefined || beside === newVersionId;
  if (config.probationRows === 0 || oldVersionId === undefined) {
    if (beside === newVersionId) await tx.slots.update(modelName, { shadowVersionId: null });
    return;
  }
  const endsAt = now + Math.ceil(config.probationDays * DAY_MS);
  await tx.slots.update(modelName, {
    probation: { versionId: newVersionId, startedAt: now, endsAt },
    ...(isFree ? { shadowVersionId: oldVersionId } : {}),
  });
}
