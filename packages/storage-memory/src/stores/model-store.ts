import {
  type BarredVersion,
  ConflictError,
  compareText,
  type ModelFilter,
  type ModelSlot,
  type ModelStore,
  type ModelVersionDraft,
  NotFoundError,
  patchedAnnotations,
  requireAnnotationPatch,
  requireBarredVersion,
  requireKey,
  requireModelFilter,
  requireModelStatus,
  requireModelVersionDraft,
  requireSequence,
  type StoredModelVersion,
  sameContent,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import { keyOf, type Tables } from '../tables.ts';
import { requireVersionOf } from '../version-of.ts';

export function createModelStore(tables: Tables, run: StoreRunner): ModelStore {
  return {
    async register(draft) {
      const record = requireModelVersionDraft(draft);
      return run(() => registerOne(tables, record));
    },

    async get(versionId) {
      requireKey(versionId, 'versionId');
      return run(() => tables.versions.get(versionId)?.stored);
    },

    async find(modelName, version) {
      const key = keyOf(requireKey(modelName, 'modelName'), requireSequence(version, 'version'));
      return run(() => {
        const versionId = tables.versionIdsByNumber.get(key);
        return versionId === undefined ? undefined : tables.versions.get(versionId)?.stored;
      });
    },

    async list(filter, page) {
      const wanted = requireModelFilter(filter);
      const { trainedFrom: _from, trainedTo: _to, ...said } = wanted;
      const read = sortedPage<StoredModelVersion>(
        ['models', { ...wanted }],
        [
          { of: (row) => row.trainedAt, type: 'number', descending: true },
          { of: (row) => row.modelName, type: 'string' },
          { of: (row) => row.version, type: 'number', descending: true },
        ],
        page,
      );
      return run(() => {
        const stored = Array.from(tables.versions.values(), (row) => row.stored);
        return read(stored.filter((row) => isTrainedWithin(row, wanted) && matches(row, said)));
      });
    },

    async setStatus(versionId, status) {
      requireKey(versionId, 'versionId');
      requireModelStatus(status);
      return run(() => {
        const row = tables.versions.get(versionId);
        if (row === undefined) throw new NotFoundError(`model version '${versionId}' must be stored; there is none`);
        tables.versions.set(versionId, { draft: row.draft, stored: deepFreeze({ ...row.stored, status }) });
      });
    },

    async annotate(versionId, patch) {
      requireKey(versionId, 'versionId');
      const changes = requireAnnotationPatch(patch);
      return run(() => {
        const row = tables.versions.get(versionId);
        if (row === undefined) throw new NotFoundError(`model version '${versionId}' must be stored; there is none`);
        const { tags: _tags, notes: _notes, ...kept } = row.stored;
        const stored = deepFreeze({ ...kept, ...patchedAnnotations(row.stored, changes) });
        tables.versions.set(versionId, { draft: row.draft, stored });
        return stored;
      });
    },

    async remove(versionId) {
      requireKey(versionId, 'versionId');
      return run(() => {
        const stored = tables.versions.get(versionId)?.stored;
        if (stored === undefined) return;
        const use = useOf(tables.slots.get(stored.modelName)!, versionId);
        if (use !== undefined) {
          throw new ConflictError(`model version '${versionId}' must be out of use to be removed; it is ${use}`);
        }
        tables.versions.delete(versionId);
        tables.versionIdsByNumber.delete(keyOf(stored.modelName, stored.version));
      });
    },

    async bar(barred) {
      const record = requireBarredVersion(barred);
      return run(() => {
        requireVersionOf(tables, record.modelName, record.versionId);
        if (!tables.barred.has(record.versionId)) tables.barred.set(record.versionId, deepFreeze(record));
      });
    },

    async barred(modelName) {
      requireKey(modelName, 'modelName');
      return run(() =>
        Array.from(tables.barred.values())
          .filter((row: BarredVersion) => row.modelName === modelName)
          .sort((a, b) => a.at - b.at || compareText(a.versionId, b.versionId)),
      );
    },
  };
}

function registerOne(tables: Tables, draft: ModelVersionDraft): StoredModelVersion {
  const { versionId, modelName, artifact } = draft;
  const known = tables.versions.get(versionId);
  if (known !== undefined) {
    if (sameContent(known.draft, draft)) return known.stored;
    throw new ConflictError(`model version '${versionId}' exists with other content`);
  }
  if (!tables.artifacts.has(artifact.sha256)) {
    throw new NotFoundError(
      `artifact ${artifact.sha256} of model version '${versionId}' must be stored; there is none`,
    );
  }
  const slot: ModelSlot = tables.slots.get(modelName) ?? { modelName, pinned: false, suspended: false, nextVersion: 1 };
  const stored: StoredModelVersion = deepFreeze({ ...draft, version: slot.nextVersion });
  tables.versions.set(versionId, { draft: deepFreeze(draft), stored });
  tables.versionIdsByNumber.set(keyOf(modelName, stored.version), versionId);
  tables.slots.set(modelName, deepFreeze({ ...slot, nextVersion: slot.nextVersion + 1 }));
  return stored;
}

function isTrainedWithin({ trainedAt }: StoredModelVersion, { trainedFrom, trainedTo }: ModelFilter): boolean {
  return trainedAt >= (trainedFrom ?? trainedAt) && (trainedTo === undefined || trainedAt < trainedTo);
}

function useOf(slot: ModelSlot, versionId: string): string | undefined {
  if (slot.championVersionId === versionId) return 'champion';
  if (slot.previousVersionId === versionId) return 'the previous champion';
  if (slot.shadowVersionId === versionId) return 'the shadow';
  return slot.probation?.versionId === versionId ? 'on probation' : undefined;
}
