import { InvalidInputError, MlperfError, type StorageStores, type StoredModelVersion } from '@mlperf/core';
import { decodeBundle } from '../bundle/model-bundle.ts';
import { describeUnservable } from '../serving/direction-classes.ts';
import { requireApplicable } from '../serving/load-version.ts';
import { loadArtifact } from './load-artifact.ts';

const UNSERVABLE: ReadonlySet<string> = new Set(['NOT_FOUND', 'ARTIFACT_CORRUPT', 'MODEL_FORMAT', 'TOO_LARGE']);

/**
 * Refuses a version that no predictor could serve: its bundle is read, hashed and decoded; the model in it is not
 * loaded, which takes its family's code.
 * @throws `NOT_FOUND` | `ARTIFACT_CORRUPT` for a missing or damaged bundle; `MODEL_FORMAT` | `TOO_LARGE` for one that is
 * not the version's, or whose classes are not directions.
 */
export async function requireServable(
  stores: Pick<StorageStores, 'artifacts'>,
  version: StoredModelVersion,
): Promise<void> {
  const { header } = decodeBundle(await loadArtifact(stores, version));
  requireApplicable(header, version);
  const problem = describeUnservable(header.classes);
  if (problem === undefined) return;
  throw new InvalidInputError('MODEL_FORMAT', `version '${version.versionId}' cannot be served: ${problem}`);
}

/** Whether {@link requireServable} takes it; what the storage itself throws is thrown. */
export async function isServable(
  stores: Pick<StorageStores, 'artifacts'>,
  version: StoredModelVersion,
): Promise<boolean> {
  try {
    await requireServable(stores, version);
    return true;
  } catch (error) {
    if (MlperfError.is(error) && UNSERVABLE.has(error.code)) return false;
    throw error;
  }
}
