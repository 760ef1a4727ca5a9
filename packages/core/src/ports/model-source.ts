import type { ModelSlot, StoredModelVersion } from '../types/model.ts';

/** What serving needs of the registry. */
export interface ModelSource {
  getSlot(modelName: string): Promise<ModelSlot | undefined>;
  getVersion(versionId: string): Promise<StoredModelVersion | undefined>;
  /** The version's bundle, checksum verified. @throws `NOT_FOUND` | `ARTIFACT_CORRUPT`. */
  loadArtifact(version: StoredModelVersion): Promise<Uint8Array>;
  /** Calls `listener` after each promotion or rollback made through this source. @returns the way to stop. */
  onPromotion(listener: (change: { readonly modelName: string; readonly versionId: string }) => void): () => void;
}
