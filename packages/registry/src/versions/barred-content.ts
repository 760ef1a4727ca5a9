import { ConflictError, type StorageStores, type StoredModelVersion } from '@mlperf/core';

/** A version, or one with the very same bundle, may not be promoted again. */
export class BarredContent extends ConflictError {}

/**
 * What may not be promoted again: the barred versions, and the bundles of those of them that are stored. The same bundle
 * under another id is the same model.
 */
export interface Barred {
  readonly versionIds: ReadonlySet<string>;
  /** SHA-256 of a bundle → the barred version that has it. */
  readonly bundles: ReadonlyMap<string, string>;
}

export async function barredOf(stores: Pick<StorageStores, 'models'>, modelName: string): Promise<Barred> {
  const versionIds = new Set((await stores.models.barred(modelName)).map(({ versionId }) => versionId));
  const bundles = new Map<string, string>();
  for (const versionId of versionIds) {
    const version = await stores.models.get(versionId);
    if (version !== undefined) bundles.set(version.artifact.sha256, versionId);
  }
  return { versionIds, bundles };
}

export function isBarred({ versionIds, bundles }: Barred, { versionId, artifact }: StoredModelVersion): boolean {
  return versionIds.has(versionId) || bundles.has(artifact.sha256);
}

/** @throws {@link BarredContent}. */
export async function requireNotBarred(
  stores: Pick<StorageStores, 'models'>,
  version: StoredModelVersion,
): Promise<void> {
  const barred = await barredOf(stores, version.modelName);
  if (!isBarred(barred, version)) return;
  const twin = barred.bundles.get(version.artifact.sha256);
  const why = twin === undefined || twin === version.versionId ? '' : `: its bundle is that of '${twin}'`;
  throw new BarredContent(`model version '${version.versionId}' is barred from promotion${why}`);
}
