import { createHash } from 'node:crypto';
import { NotFoundError, StorageError, type StorageStores, type StoredModelVersion } from '@mlperf/core';

/** The bundle of a version, verified. @throws `NOT_FOUND` | `ARTIFACT_CORRUPT`. */
export async function loadArtifact(
  stores: Pick<StorageStores, 'artifacts'>,
  version: StoredModelVersion,
): Promise<Uint8Array> {
  const { sha256, bytes: size } = version.artifact;
  const bytes = await stores.artifacts.get(sha256);
  if (bytes === undefined) throw new NotFoundError(`the artifact ${sha256} of '${version.versionId}' is not stored`);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256 || bytes.length !== size) {
    throw new StorageError(
      'ARTIFACT_CORRUPT',
      `the artifact of '${version.versionId}' must be ${size} bytes of ${sha256}; got ${bytes.length} of ${found}`,
    );
  }
  return bytes;
}
