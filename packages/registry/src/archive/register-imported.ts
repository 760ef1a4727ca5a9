import type { PerformanceStorage, StoredModelVersion } from '@mlperf/core';
import { requireTrainedByNow } from '../versions/training-time.ts';
import type { ImportedVersion } from './model-archive.ts';

/**
 * Stores what came out of an archive: bundle, version and, for one that was not there before, its tags and notes.
 * @param now - Epoch milliseconds.
 * @throws `CONFLICT` when the id belongs to another version; `INVALID_RECORD` for one trained later than now.
 */
export async function registerImported(
  storage: PerformanceStorage,
  imported: ImportedVersion,
  now: number,
): Promise<StoredModelVersion> {
  const { draft, bundle, tags, notes } = imported;
  requireTrainedByNow(draft.trainedAt, now);
  return storage.transaction(async (tx) => {
    const known = await tx.models.get(draft.versionId);
    await tx.artifacts.put(bundle);
    const stored = await tx.models.register(draft);
    if (known !== undefined || (tags === undefined && notes === undefined)) return stored;
    return tx.models.annotate(draft.versionId, {
      ...(tags === undefined ? {} : { tags }),
      ...(notes === undefined ? {} : { notes }),
    });
  });
}
