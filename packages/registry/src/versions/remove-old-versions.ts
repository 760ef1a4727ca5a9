import {
  MlperfError,
  type Page,
  type PerformanceStorage,
  type StorageStores,
  type StoredModelVersion,
} from '@mlperf/core';
import { rollbackTarget } from './rollback-target.ts';

/** The tag, whatever its value, of a version that no clean-up takes. */
export const PINNED_TAG = 'pinned';

/** What a clean-up did, or would do: version ids, best first. */
export interface CleanupReport {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Removes the versions of a name beyond the best `keep` by validated score (`trainingMetrics.accuracy`; those without
 * come last, barred ones after all others), ties to the newest. Versions in use stay besides: champion, the one before
 * it, the one a rollback would go back to, shadow, on probation, in an unfinished retraining, or tagged
 * {@link PINNED_TAG}. Bundles nobody refers to go too; the promotion log and all outcomes stay.
 *
 * @param dryRun - Only say what would go.
 */
export async function removeOldVersions(
  storage: PerformanceStorage,
  modelName: string,
  keep: number,
  dryRun: boolean,
): Promise<CleanupReport> {
  const barred = new Set((await storage.models.barred(modelName)).map(({ versionId }) => versionId));
  // What may never serve again is the last worth keeping, however well it scored in training.
  const rankOf = (version: StoredModelVersion) => (barred.has(version.versionId) ? -2 : scoreOf(version));
  const versions = (await allVersions(storage, modelName)).sort(
    (a, b) => rankOf(b) - rankOf(a) || b.version - a.version,
  );
  const used = await versionsInUse(storage, modelName);
  const kept = versions.filter((version, rank) => rank < keep || used.has(version.versionId) || isPinned(version));
  const old = versions.filter((version) => !kept.includes(version));
  const removed: string[] = [];
  for (const version of old) {
    if (dryRun || (await removeVersion(storage, version))) removed.push(version.versionId);
    else kept.push(version);
  }
  return { kept: kept.map(({ versionId }) => versionId), removed };
}

/** @returns whether it went; false when it came into use meanwhile. */
function removeVersion(storage: PerformanceStorage, version: StoredModelVersion): Promise<boolean> {
  return storage.transaction(async (tx) => {
    if ((await versionsInUse(tx, version.modelName)).has(version.versionId)) return false;
    const now = await tx.models.get(version.versionId);
    if (now !== undefined && isPinned(now)) return false;
    await tx.models.remove(version.versionId);
    try {
      await tx.artifacts.remove(version.artifact.sha256);
    } catch (error) {
      // Another version has the very same bundle.
      if (!(MlperfError.is(error) && error.code === 'CONFLICT')) throw error;
    }
    return true;
  });
}

async function versionsInUse(
  stores: Pick<StorageStores, 'slots' | 'retrainings' | 'models' | 'promotions'>,
  modelName: string,
): Promise<ReadonlySet<string>> {
  const slot = await stores.slots.get(modelName);
  const unfinished = await stores.retrainings.unfinished(modelName);
  const ids = [
    slot?.championVersionId,
    slot?.previousVersionId,
    await rollbackTarget(stores, modelName),
    slot?.shadowVersionId,
    slot?.probation?.versionId,
    unfinished?.oldVersionId,
    unfinished?.newVersionId,
  ];
  return new Set(ids.filter((id) => id !== undefined));
}

async function allVersions(storage: PerformanceStorage, modelName: string): Promise<StoredModelVersion[]> {
  const versions: StoredModelVersion[] = [];
  let cursor: string | undefined;
  do {
    const request = { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
    const page: Page<StoredModelVersion> = await storage.models.list({ modelName }, request);
    versions.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return versions;
}

function isPinned(version: StoredModelVersion): boolean {
  return Object.hasOwn(version.tags ?? {}, PINNED_TAG);
}

function scoreOf(version: StoredModelVersion): number {
  return version.trainingMetrics.accuracy ?? -1;
}
