import type { PromotionRecord } from '../types/model.ts';
import type { Page, PageRequest } from '../types/paging.ts';

/** The append-only promotion log; written by `SlotStore.promote`. */
export interface PromotionStore {
  /** Newest first. */
  list(modelName: string, page?: PageRequest): Promise<Page<PromotionRecord>>;
  /** The promotion in force at a time: the last with `at` ≤ it. */
  activeAt(modelName: string, at: number): Promise<PromotionRecord | undefined>;
}
