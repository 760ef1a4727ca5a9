import type { ModelSlot, PromotionRecord, StoredModelVersion } from '../types/model.ts';
import type { Page, PageRequest } from '../types/paging.ts';

/** What serving needs of the registry. */
export interface ModelSource {
  getSlot(modelName: string): Promise<ModelSlot | undefined>;
  getVersion(versionId: string): Promise<StoredModelVersion | undefined>;
  /** The version's bundle, checksum verified. @throws `NOT_FOUND` | `ARTIFACT_CORRUPT`. */
  loadArtifact(version: StoredModelVersion): Promise<Uint8Array>;
  /**
   * Calls `listener` after each promotion or rollback made through this source, before its promise resolves. A rollback
   * alone says `barred`. @returns the way to stop.
   */
  onPromotion(
    listener: (change: {
      readonly modelName: string;
      readonly versionId: string;
      readonly previousVersionId?: string;
      readonly barred?: boolean;
    }) => void,
  ): () => void;
  /** Calls `listener` after each change of a slot's controls made through this source, before its promise resolves. */
  onSlotChange?(listener: (slot: { readonly modelName: string; readonly suspended: boolean }) => void): () => void;
  /**
   * Calls `listener` soon after something may have changed, by whatever process, where the storage tells of it. A hint,
   * which may come for nothing, twice, or be lost. @returns the way to stop.
   */
  onChangeHint?(listener: () => void): () => void;
  /** The name's promotions and rollbacks, newest first: tells one from the other. */
  getPromotionHistory?(modelName: string, page?: PageRequest): Promise<Page<PromotionRecord>>;
}
