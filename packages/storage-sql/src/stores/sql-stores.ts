import type { CalledStores } from '../calls/call-checks.ts';
import type { SqlSession } from '../sql-session.ts';
import { SqlArtifactStore } from './artifact-store.ts';
import { SqlLeaseStore } from './lease-store.ts';
import { SqlModelStore } from './model-store.ts';
import { SqlMonitorStateStore } from './monitor-state-store.ts';
import { SqlOutboxStore } from './outbox-store.ts';
import { SqlPredictionStore } from './prediction-store.ts';
import { SqlPromotionStore } from './promotion-store.ts';
import { SqlReferenceStore } from './reference-store.ts';
import { SqlRetrainingStore } from './retraining-store.ts';
import { SqlRollupStore } from './rollup-store.ts';
import { SqlSlotStore } from './slot-store.ts';
import { SqlStudyStore } from './study-store.ts';
import { SqlTrialStore } from './trial-store.ts';
import { SqlWindowStore } from './window-store.ts';

/** The stores over one connection, with the check a fenced transaction begins with. */
export interface SqlStores extends CalledStores {
  readonly leases: SqlLeaseStore;
}

/**
 * Every store over one connection. They take arguments that {@link checkCall} has passed, and run inside a
 * transaction that the adapter has begun.
 */
export function createSqlStores(session: SqlSession): SqlStores {
  return {
    predictions: new SqlPredictionStore(session),
    rollups: new SqlRollupStore(session),
    windows: new SqlWindowStore(session),
    monitorStates: new SqlMonitorStateStore(session),
    references: new SqlReferenceStore(session),
    studies: new SqlStudyStore(session),
    trials: new SqlTrialStore(session),
    models: new SqlModelStore(session),
    slots: new SqlSlotStore(session),
    promotions: new SqlPromotionStore(session),
    retrainings: new SqlRetrainingStore(session),
    artifacts: new SqlArtifactStore(session),
    leases: new SqlLeaseStore(session),
    outbox: new SqlOutboxStore(session),
  };
}
