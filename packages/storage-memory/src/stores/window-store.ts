import {
  ConflictError,
  requirePerformanceWindow,
  requireWindowQuery,
  type StoredPerformanceWindow,
  sameContent,
  type WindowStore,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import type { StoreRunner } from '../store-runner.ts';
import { keyOf, type Tables } from '../tables.ts';

export function createWindowStore(tables: Tables, run: StoreRunner): WindowStore {
  return {
    async save(window) {
      const record = requirePerformanceWindow(window);
      return run(() => {
        const { modelVersionId, segment, windowSize, lastSequence } = record;
        const key = keyOf(modelVersionId, segment ?? null, windowSize, lastSequence);
        const known = tables.windows.get(key);
        if (known === undefined) {
          tables.windows.set(key, deepFreeze(record));
          tables.windowKeysByVersion.push(keyOf(modelVersionId, segment ?? null), key);
        } else if (!sameContent(known, record)) {
          throw new ConflictError(
            `window of ${windowSize} of '${modelVersionId}' up to outcome ${lastSequence} exists with other content`,
          );
        }
      });
    },

    async recent(query) {
      const { modelVersionId, segment, windowSize, limit } = requireWindowQuery(query);
      return run(() =>
        tables.windowKeysByVersion
          .get(keyOf(modelVersionId, segment ?? null))
          .map((key) => tables.windows.get(key)!)
          .filter((window) => matches<StoredPerformanceWindow>(window, { windowSize }))
          .sort((a, b) => b.lastSequence - a.lastSequence || a.windowSize - b.windowSize)
          .slice(0, limit),
      );
    },
  };
}
