import type { FreezeWindow, JsonObject, ModelSlot, PerformanceStorage, SlotPatch, StorageStores } from '@mlperf/core';
import type { SlotChangedEvent } from './registry-events.ts';

/** What people decide about a slot. `undefined` leaves a part, `null` clears it. */
export interface SlotControls {
  readonly pinned?: boolean;
  readonly frozenUntil?: number | null;
  readonly freezeWindows?: readonly FreezeWindow[] | null;
  readonly suspended?: boolean;
  readonly shadowVersionId?: string | null;
}

/** Who decided, and why. */
export interface ControlReason {
  /** Default `host`. */
  readonly actor?: string;
  readonly reason?: string;
}

/** A slot as it stands now, and the event that tells of it. */
export interface SlotChange {
  readonly slot: ModelSlot;
  readonly event: SlotChangedEvent;
}

/**
 * Changes a slot and tells it in the outbox, in one transaction.
 * @throws `NOT_FOUND` when the name has no version yet; `INVALID_RECORD`.
 */
export function controlSlot(
  storage: PerformanceStorage,
  modelName: string,
  controls: SlotControls & SlotPatch,
  about: ControlReason,
  at: number,
): Promise<SlotChange> {
  return storage.transaction((tx) => changeSlot(tx, modelName, controls, about, at));
}

/** {@link controlSlot} for use inside a transaction. */
export async function changeSlot(
  tx: Pick<StorageStores, 'slots' | 'outbox'>,
  modelName: string,
  controls: SlotControls & SlotPatch,
  { actor = 'host', reason }: ControlReason,
  at: number,
): Promise<SlotChange> {
  const slot = await tx.slots.update(modelName, controls);
  const event = { ...controlsOf(slot), at, actor, ...(reason === undefined ? {} : { reason }) };
  await tx.outbox.append([{ modelName, type: 'slot-changed', payload: event satisfies JsonObject, at }]);
  return { slot, event };
}

function controlsOf({ modelName, pinned, suspended, frozenUntil, freezeWindows, shadowVersionId }: ModelSlot) {
  return {
    modelName,
    pinned,
    suspended,
    ...(frozenUntil === undefined ? {} : { frozenUntil }),
    ...(freezeWindows === undefined ? {} : { freezeWindows: freezeWindows.map((window) => ({ ...window })) }),
    ...(shadowVersionId === undefined ? {} : { shadowVersionId }),
  };
}
