import type { Clock, StorageStores } from '@mlperf/core';
import type { StoreRunner } from './store-runner.ts';
import { createArtifactStore } from './stores/artifact-store.ts';
import { createLeaseStore } from './stores/lease-store.ts';
import { createModelStore } from './stores/model-store.ts';
import { createMonitorStateStore } from './stores/monitor-state-store.ts';
import { createOutboxStore } from './stores/outbox-store.ts';
import { createPredictionStore } from './stores/prediction-store.ts';
import { createPromotionStore } from './stores/promotion-store.ts';
import { createReferenceStore } from './stores/reference-store.ts';
import { createRetrainingStore } from './stores/retraining-store.ts';
import { createRollupStore } from './stores/rollup-store.ts';
import { createSlotStore } from './stores/slot-store.ts';
import { createStudyStore } from './stores/study-store.ts';
import { createTrialStore } from './stores/trial-store.ts';
import { createWindowStore } from './stores/window-store.ts';
import type { Tables } from './tables.ts';

/** Every store over one set of tables. */
export function createStores(tables: Tables, clock: Clock, run: StoreRunner): StorageStores {
  return {
    predictions: createPredictionStore(tables, run),
    rollups: createRollupStore(tables, run),
    windows: createWindowStore(tables, run),
    monitorStates: createMonitorStateStore(tables, run),
    references: createReferenceStore(tables, run),
    studies: createStudyStore(tables, run),
    trials: createTrialStore(tables, clock, run),
    models: createModelStore(tables, run),
    slots: createSlotStore(tables, run),
    promotions: createPromotionStore(tables, run),
    retrainings: createRetrainingStore(tables, run),
    artifacts: createArtifactStore(tables, clock, run),
    leases: createLeaseStore(tables, clock, run),
    outbox: createOutboxStore(tables, run),
  };
}
