import { ConflictError, type PerformanceStorage } from '@mlperf/core';

/** Sets a version's status to `archived`. @throws `NOT_FOUND`; `CONFLICT` while its slot uses it, or for one that is not trained. */
export function archiveVersion(storage: PerformanceStorage, modelName: string, versionId: string): Promise<void> {
  return storage.transaction(async (tx) => {
    const slot = await tx.slots.get(modelName);
    if ([slot?.championVersionId, slot?.shadowVersionId, slot?.probation?.versionId].includes(versionId)) {
      throw new ConflictError(`version '${versionId}' is in use by '${modelName}'; promote another one first`);
    }
    const status = (await tx.models.get(versionId))?.status;
    // Archived, it would look like one that was trained.
    if (status === 'training' || status === 'failed') {
      throw new ConflictError(`version '${versionId}' must be trained to be archived; its status is ${status}`);
    }
    await tx.models.setStatus(versionId, 'archived');
  });
}
