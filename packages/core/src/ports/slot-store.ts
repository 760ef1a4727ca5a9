import type { JsonObject } from '../types/json.ts';
import type { FreezeWindow, ModelSlot, PromotionRecord } from '../types/model.ts';
import type { Page, PageRequest } from '../types/paging.ts';

export interface PromotionRequest {
  readonly modelName: string;
  readonly kind: 'promotion' | 'rollback';
  readonly versionId: string;
  /** The champion the caller saw; `undefined`: none. The promotion loses with `CONFLICT` if that changed. */
  readonly expectedChampionVersionId: string | undefined;
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly evidence?: JsonObject;
}

/** What may be changed on a slot beside its champion. `undefined` leaves a field; `null` clears it. */
export interface SlotPatch {
  readonly shadowVersionId?: string | null;
  readonly pinned?: boolean;
  readonly frozenUntil?: number | null;
  /** All of them anew, at most 1,000; an empty list clears them as `null` does. */
  readonly freezeWindows?: readonly FreezeWindow[] | null;
  readonly suspended?: boolean;
  readonly probation?: ModelSlot['probation'] | null;
}

/** One row per model name: what it serves. A slot comes into being with the first version of its name. */
export interface SlotStore {
  get(modelName: string): Promise<ModelSlot | undefined>;
  /** By model name. */
  list(page?: PageRequest): Promise<Page<ModelSlot>>;
  /**
   * Makes `versionId` the champion and the old one `previousVersionId`, and appends the promotion log, in one step.
   * @throws {@link ConflictError} `CONFLICT` if the champion is not the expected one, or the version is barred or
   * already champion.
   * @throws {@link NotFoundError} if the version does not exist under this model name.
   */
  promote(request: PromotionRequest): Promise<{ readonly slot: ModelSlot; readonly promotion: PromotionRecord }>;
  /** @throws {@link NotFoundError} if there is no such slot, or a version named does not exist under it. */
  update(modelName: string, patch: SlotPatch): Promise<ModelSlot>;
}
