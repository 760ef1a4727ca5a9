import {
  type Clock,
  type Direction,
  type ListenerErrorHandler,
  ManualClock,
  type Outcome,
  PerformanceMonitor,
  type PerformanceMonitoringConfig,
  type PerformanceStorage,
  type Prediction,
  StorageError,
  type StorageStores,
  type TransactionOptions,
} from '@mlperf/core';

export const NOON = Date.UTC(2020, 5, 1, 12);
export const HOUR = 3_600_000;

/** A live prediction `up` at 100 by version `v1`, an hour after the one before. */
export function predictionOf(number: number, changes: Partial<Prediction> = {}): Prediction {
  return {
    id: `p${number}`,
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: NOON + number * HOUR,
    direction: 'up',
    confidence: 0.6,
    referencePrice: 100,
    ...changes,
  };
}

/** A price that makes `up` right or wrong, an hour after the prediction. */
export function outcomeOf(number: number, hit: boolean): Outcome {
  return { observedAt: NOON + (number + 1) * HOUR, price: hit ? 101 : 99 };
}

export function opposite(direction: Direction): Direction {
  return direction === 'up' ? 'down' : 'up';
}

export interface OpenChanges {
  readonly storage: PerformanceStorage;
  readonly modelName?: string;
  readonly modelVersionId?: string;
  readonly config?: Partial<PerformanceMonitoringConfig>;
  readonly clock?: Clock;
  readonly takeoverWaitMs?: number;
  readonly onListenerError?: ListenerErrorHandler;
}

/** A monitor of version `v1` (unless a model name is given), with time standing still two days after noon. */
export function openMonitor(changes: OpenChanges): Promise<PerformanceMonitor> {
  const { modelName, modelVersionId = 'v1', ...rest } = changes;
  const options = { clock: new ManualClock(NOON + 48 * HOUR), takeoverWaitMs: 0, ...rest };
  if (modelName !== undefined) return PerformanceMonitor.open({ ...options, modelName });
  return PerformanceMonitor.open({ ...options, modelVersionId });
}

/** Lets everything that is ready run: promises, and the memory store's turns. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What goes wrong with the next transactions: before anything is written, or after all of it was. */
export interface Faults {
  beforeCommit: number;
  afterCommit: number;
  error?: Error;
}

/** A storage whose transactions fail as told. */
export function withFaults(storage: PerformanceStorage, faults: Faults): PerformanceStorage {
  return {
    kind: storage.kind,
    durability: storage.durability,
    multiProcess: storage.multiProcess,
    clock: storage.clock,
    predictions: storage.predictions,
    rollups: storage.rollups,
    windows: storage.windows,
    monitorStates: storage.monitorStates,
    references: storage.references,
    studies: storage.studies,
    trials: storage.trials,
    models: storage.models,
    slots: storage.slots,
    promotions: storage.promotions,
    retrainings: storage.retrainings,
    artifacts: storage.artifacts,
    leases: storage.leases,
    outbox: storage.outbox,
    onOutboxAppended: (listener) => storage.onOutboxAppended(listener),
    migrate: () => storage.migrate(),
    close: () => storage.close(),
    async transaction<T>(fn: (tx: StorageStores) => Promise<T>, options?: TransactionOptions): Promise<T> {
      const fault = () => faults.error ?? new StorageError('STORAGE_FAILURE', 'the disk is away');
      if (faults.beforeCommit > 0) {
        faults.beforeCommit--;
        throw fault();
      }
      const result = await storage.transaction(fn, options);
      if (faults.afterCommit > 0) {
        faults.afterCommit--;
        throw fault();
      }
      return result;
    },
  };
}
