import { type MonitorStateStore, requireKey, requireMonitorState } from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { Tables } from '../tables.ts';

export function createMonitorStateStore(tables: Tables, run: StoreRunner): MonitorStateStore {
  return {
    async get(modelVersionId) {
      requireKey(modelVersionId, 'modelVersionId');
      return run(() => tables.monitorStates.get(modelVersionId));
    },

    async put(record) {
      const copy = requireMonitorState(record);
      return run(() => tables.monitorStates.set(copy.modelVersionId, deepFreeze(copy)));
    },
  };
}
