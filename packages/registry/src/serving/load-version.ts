import {
  InvalidInputError,
  MlperfError,
  type ModelFamily,
  type ModelSource,
  StorageError,
  type StoredModelVersion,
  type TrainedModel,
} from '@mlperf/core';
import type { BundleHeader } from '../bundle/bundle-header.ts';
import { decodeBundle } from '../bundle/model-bundle.ts';
import { describeNameDifference } from './feature-names.ts';

/** A version in memory: its row, its bundle's header and its model, all of one piece. */
export interface LoadedVersion {
  readonly version: StoredModelVersion;
  readonly header: BundleHeader;
  readonly model: TrainedModel;
}

/**
 * Loads a version from its one artifact. The families come from code: nothing is run or imported by a stored name.
 *
 * @throws `NOT_FOUND` | `ARTIFACT_CORRUPT` for a missing or damaged artifact; `MODEL_FORMAT` for a bundle that is not
 * what its version says; `UNKNOWN_MODEL_TYPE` when no family has its type;
 * and what the family's `load` throws.
 */
export async function loadVersion(
  source: Pick<ModelSource, 'loadArtifact'>,
  version: StoredModelVersion,
  families: readonly ModelFamily[],
): Promise<LoadedVersion> {
  const { header, model: bytes } = decodeBundle(await source.loadArtifact(version));
  requireApplicable(header, version);
  const family = families.find((candidate) => candidate.modelType === header.modelType);
  if (family === undefined) {
    const known = families.map((candidate) => candidate.modelType).join(', ') || 'none';
    throw new MlperfError(
      'UNKNOWN_MODEL_TYPE',
      `version '${version.versionId}' is of type '${header.modelType}'; the families given are: ${known}`,
    );
  }
  const model = await family.load(bytes);
  const difference =
    describeNameDifference('classes', header.classes, model.classes) ??
    describeNameDifference('features', header.featureNames, model.featureNames);
  if (difference !== undefined || model.lookBack !== header.lookBack) {
    model.dispose();
    throw new StorageError(
      'ARTIFACT_CORRUPT',
      `the model in version '${version.versionId}' must match its header: ${difference ?? `look-back ${model.lookBack} is not ${header.lookBack}`}`,
    );
  }
  return { version, header, model };
}

/** Refuses a bundle that is not its version's. @throws {@link InvalidInputError} `MODEL_FORMAT`. */
export function requireApplicable(header: BundleHeader, version: StoredModelVersion): void {
  const subject = `the bundle of version '${version.versionId}'`;
  if (header.modelType !== version.modelType) {
    throw new InvalidInputError(
      'MODEL_FORMAT',
      `${subject} must hold a '${version.modelType}'; got '${header.modelType}'`,
    );
  }
  const difference = describeNameDifference('features', version.featureNames, header.featureNames);
  if (difference !== undefined) throw new InvalidInputError('MODEL_FORMAT', `${subject}: ${difference}`);
}
