import { NotFoundError, type StoredModelVersion } from '@mlperf/core';
import type { Tables } from './tables.ts';

/** The version of that id under that model name. @throws {@link NotFoundError}. */
export function requireVersionOf(tables: Tables, modelName: string, versionId: string): StoredModelVersion {
  const stored = tables.versions.get(versionId)?.stored;
  if (stored?.modelName !== modelName) {
    const found = stored === undefined ? 'there is none' : `it belongs to '${stored.modelName}'`;
    throw new NotFoundError(`model version '${versionId}' must be stored under '${modelName}'; ${found}`);
  }
  return stored;
}
