import type { ModelVersion, StorageStores, StoredModelVersion } from '@mlperf/core';

/** How many windows `ModelVersion.performanceHistory` holds at most. */
const PERFORMANCE_WINDOWS = 100;

/** A version with its newest stored windows. */
export async function withPerformance(
  stores: Pick<StorageStores, 'windows'>,
  version: StoredModelVersion,
): Promise<ModelVersion> {
  const performanceHistory = await stores.windows.recent({
    modelVersionId: version.versionId,
    limit: PERFORMANCE_WINDOWS,
  });
  return { ...version, performanceHistory };
}
