import {
  ConflictError,
  type ModelSlot,
  NotFoundError,
  type PromotionRecord,
  type PromotionRequest,
  requireKey,
  requirePromotionRequest,
  requireSlotPatch,
  type SlotPatch,
  type SlotStore,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';
import { requireVersionOf } from '../version-of.ts';

export function createSlotStore(tables: Tables, run: StoreRunner): SlotStore {
  return {
    async get(modelName) {
      requireKey(modelName, 'modelName');
      return run(() => tables.slots.get(modelName));
    },

    async list(page) {
      const read = sortedPage<ModelSlot>(['slots'], [{ of: (row) => row.modelName, type: 'string' }], page);
      return run(() => read(tables.slots.values()));
    },

    async promote(request) {
      const record = requirePromotionRequest(request);
      return run(() => promoteOne(tables, record));
    },

    async update(modelName, patch) {
      requireKey(modelName, 'modelName');
      const changes = requireSlotPatch(patch);
      return run(() => updateOne(tables, modelName, changes));
    },
  };
}

function promoteOne(tables: Tables, request: PromotionRequest): { slot: ModelSlot; promotion: PromotionRecord } {
  const { modelName, versionId, expectedChampionVersionId: expected, ...said } = request;
  requireVersionOf(tables, modelName, versionId);
  const before = tables.slots.get(modelName)!;
  const champion = before.championVersionId;
  if (champion !== expected) {
    throw new ConflictError(
      `champion of '${modelName}' must be ${champion === undefined ? 'none' : `'${champion}'`} as expected; expected ${expected === undefined ? 'none' : `'${expected}'`}`,
    );
  }
  if (champion === versionId)
    throw new ConflictError(`model version '${versionId}' is champion of '${modelName}' already`);
  const bar = tables.barred.get(versionId);
  if (bar !== undefined)
    throw new ConflictError(`model version '${versionId}' is barred from promotion: ${bar.reason}`);

  const { previousVersionId: _replaced, ...kept } = before;
  const previous = champion === undefined ? {} : { previousVersionId: champion };
  const slot: ModelSlot = deepFreeze({ ...kept, ...previous, championVersionId: versionId });
  const log = tables.promotions.get(modelName);
  const sequence = (log.at(-1)?.sequence ?? 0) + 1;
  const promotion: PromotionRecord = deepFreeze({ ...said, ...previous, modelName, versionId, sequence });
  tables.slots.set(modelName, slot);
  tables.promotions.push(modelName, promotion);
  return { slot, promotion };
}

function updateOne(tables: Tables, modelName: string, patch: SlotPatch): ModelSlot {
  const before = tables.slots.get(modelName);
  if (before === undefined) throw new NotFoundError(`slot '${modelName}' must exist; there is none`);
  if (patch.shadowVersionId) requireVersionOf(tables, modelName, patch.shadowVersionId);
  if (patch.probation) requireVersionOf(tables, modelName, patch.probation.versionId);
  const shadowVersionId = patched(before.shadowVersionId, patch.shadowVersionId);
  const frozenUntil = patched(before.frozenUntil, patch.frozenUntil);
  const probation = patched(before.probation, patch.probation);
  const freezeWindows = patched(before.freezeWindows, patch.freezeWindows);
  const {
    shadowVersionId: _shadow,
    frozenUntil: _frozen,
    freezeWindows: _windows,
    probation: _probation,
    ...kept
  } = before;
  const slot: ModelSlot = deepFreeze({
    ...kept,
    pinned: patch.pinned ?? before.pinned,
    suspended: patch.suspended ?? before.suspended,
    ...(shadowVersionId === undefined ? {} : { shadowVersionId }),
    ...(frozenUntil === undefined ? {} : { frozenUntil }),
    ...(freezeWindows === undefined || freezeWindows.length === 0 ? {} : { freezeWindows }),
    ...(probation === undefined ? {} : { probation }),
  });
  tables.slots.set(modelName, slot);
  return slot;
}

/** `undefined` leaves a field as it was; `null` clears it. */
function patched<T>(before: T | undefined, change: T | null | undefined): T | undefined {
  return change === undefined ? before : (change ?? undefined);
}
