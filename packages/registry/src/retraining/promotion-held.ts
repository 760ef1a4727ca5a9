import { ConflictError, type ModelSlot, type StorageStores } from '@mlperf/core';

/** Why a slot takes no automatic promotion. */
export type HeldReason = 'pinned' | 'frozen' | 'suspended';

/** The slot takes no automatic promotion; the transaction that found out is undone. */
export class PromotionHeld extends ConflictError {
  readonly reason: HeldReason;

  constructor(reason: HeldReason) {
    super(`the slot takes no automatic promotion: it is ${reason}`);
    this.reason = reason;
  }
}

/**
 * @param now - Epoch milliseconds.
 * @throws {@link PromotionHeld} while the slot is pinned, frozen or suspended.
 */
export async function requireAutomaticPromotions(
  stores: Pick<StorageStores, 'slots'>,
  modelName: string,
  now: number,
): Promise<void> {
  const slot = await stores.slots.get(modelName);
  if (slot?.pinned) throw new PromotionHeld('pinned');
  if (slot !== undefined && isFrozen(slot, now)) throw new PromotionHeld('frozen');
  if (slot?.suspended) throw new PromotionHeld('suspended');
}

function isFrozen({ frozenUntil, freezeWindows = [] }: ModelSlot, now: number): boolean {
  return (frozenUntil ?? now) > now || freezeWindows.some(({ from, to }) => from <= now && now < to);
}
