import { type ReferenceStore, requireDriftReference, requireKey } from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import type { StoreRunner } from '../store-runner.ts';
import { keyOf, type Tables } from '../tables.ts';

export function createReferenceStore(tables: Tables, run: StoreRunner): ReferenceStore {
  return {
    async get(modelVersionId, name) {
      const key = keyOf(requireKey(modelVersionId, 'modelVersionId'), requireKey(name, 'reference name'));
      return run(() => tables.references.get(key));
    },

    async put(reference) {
      const copy = requireDriftReference(reference);
      return run(() => tables.references.set(keyOf(copy.modelVersionId, copy.name), deepFreeze(copy)));
    },
  };
}
