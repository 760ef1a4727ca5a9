import type { Page, PromotionRecord, StorageStores, StoredModelVersion } from '@mlperf/core';
import { barredOf, isBarred } from './barred-content.ts';

/** How many changes of champion a rollback looks back on; beyond them the caller names the version. */
const LONGEST_SEARCH = 1_000;

/**
 * The version to go back to when none is named: the one the champion was promoted over, or the nearest before it that
 * is neither barred nor removed. A promotion goes on top of the versions before it and a rollback takes away what is
 * above its target, so a second rollback goes one further back, never to what the first one left.
 *
 * @param accepts - Passes over those for which it gives false; default none.
 * @returns `undefined` when there is none among the last 1,000 changes. For use inside a transaction.
 */
export async function rollbackTarget(
  tx: Pick<StorageStores, 'models' | 'promotions'>,
  modelName: string,
  accepts: (version: StoredModelVersion) => Promise<boolean> = async () => true,
): Promise<string | undefined> {
  const barred = await barredOf(tx, modelName);
  const log = await tx.promotions.list(modelName, { limit: LONGEST_SEARCH });
  for (const versionId of servedBefore(log.items.toReversed())) {
    const version = await tx.models.get(versionId);
    if (version !== undefined && !isBarred(barred, version) && (await accepts(version))) return versionId;
  }
  return undefined;
}

/** Whether the log says that the name has served it at any time. */
export async function hasServed(
  tx: Pick<StorageStores, 'promotions'>,
  modelName: string,
  versionId: string,
): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const request = { limit: LONGEST_SEARCH, ...(cursor === undefined ? {} : { cursor }) };
    const page: Page<PromotionRecord> = await tx.promotions.list(modelName, request);
    if (page.items.some((record) => record.versionId === versionId)) return true;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return false;
}

/** The versions beneath the champion, the nearest first. @param log - Oldest first. */
function servedBefore(log: readonly PromotionRecord[]): readonly string[] {
  const first = log[0]?.previousVersionId;
  const stack: string[] = first === undefined ? [] : [first];
  for (const { kind, versionId } of log) {
    const at = kind === 'rollback' ? stack.lastIndexOf(versionId) : -1;
    if (at >= 0) stack.length = at;
    else if (kind === 'rollback') stack.pop();
    stack.push(versionId);
  }
  const champion = stack.pop();
  return stack.toReversed().filter((versionId) => versionId !== champion);
}
