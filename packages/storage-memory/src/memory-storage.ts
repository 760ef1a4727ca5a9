import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type ArtifactStore,
  type Clock,
  type Durability,
  type LeaseStore,
  type MigrationReport,
  type ModelStore,
  type MonitorStateStore,
  type OutboxStore,
  type PerformanceStorage,
  type PredictionStore,
  type PromotionStore,
  type ReferenceStore,
  type RetrainingStore,
  type RollupStore,
  requireFence,
  type SlotStore,
  StorageError,
  type StorageStores,
  type StudyStore,
  type TransactionOptions,
  type TrialStore,
  TypedEmitter,
  type WindowStore,
} from '@mlperf/core';
import { createStores } from './create-stores.ts';
import { Gate } from './gate.ts';
import type { StoreRunner } from './store-runner.ts';
import { requireHeldLease } from './stores/lease-store.ts';
import { newestEvent } from './stores/outbox-store.ts';
import { Tables } from './tables.ts';

/** A transaction under way; async work started inside it can still see it after its end. */
interface OpenTransaction {
  open: boolean;
}

/** The storage port over plain maps. Every call takes its turn at one gate, so that all of them are serial. */
export class MemoryStorage implements PerformanceStorage {
  readonly kind = 'memory';
  readonly durability: Durability = 'none';
  readonly multiProcess = false;
  readonly clock: Clock;
  readonly predictions: PredictionStore;
  readonly rollups: RollupStore;
  readonly windows: WindowStore;
  readonly monitorStates: MonitorStateStore;
  readonly references: ReferenceStore;
  readonly studies: StudyStore;
  readonly trials: TrialStore;
  readonly models: ModelStore;
  readonly slots: SlotStore;
  readonly promotions: PromotionStore;
  readonly retrainings: RetrainingStore;
  readonly artifacts: ArtifactStore;
  readonly leases: LeaseStore;
  readonly outbox: OutboxStore;
  readonly #tables = new Tables();
  readonly #gate = new Gate();
  readonly #current = new AsyncLocalStorage<OpenTransaction>();
  readonly #emitter = new TypedEmitter<{ 'outbox-appended': undefined }>();
  #closed = false;
  #newestEvent = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    const stores = createStores(this.#tables, clock, (work) => this.#runAlone(work));
    this.predictions = stores.predictions;
    this.rollups = stores.rollups;
    this.windows = stores.windows;
    this.monitorStates = stores.monitorStates;
    this.references = stores.references;
    this.studies = stores.studies;
    this.trials = stores.trials;
    this.models = stores.models;
    this.slots = stores.slots;
    this.promotions = stores.promotions;
    this.retrainings = stores.retrainings;
    this.artifacts = stores.artifacts;
    this.leases = stores.leases;
    this.outbox = stores.outbox;
  }

  async transaction<T>(fn: (tx: StorageStores) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    this.#requireUsable();
    const fence = options.fence === undefined ? undefined : requireFence(options.fence);
    const { journal } = this.#tables;
    return this.#gate.pass(async () => {
      const current: OpenTransaction = { open: true };
      try {
        if (fence !== undefined) requireHeldLease(this.#tables, this.clock, fence);
        const stores = createStores(this.#tables, this.clock, this.#runnerOf(current));
        const result = await this.#current.run(current, () => fn(stores));
        this.#commit();
        return result;
      } catch (error) {
        journal.rollBack();
        throw error;
      } finally {
        current.open = false;
      }
    });
  }

  onOutboxAppended(listener: () => void): () => void {
    return this.#emitter.on('outbox-appended', listener);
  }

  async migrate(): Promise<MigrationReport> {
    this.#requireUsable();
    return { applied: [], schemaVersion: 1 };
  }

  async close(): Promise<void> {
    this.#requireOutsideTransaction();
    this.#closed = true;
    await this.#gate.pass(() => undefined);
    this.#emitter.removeAllListeners();
  }

  async #runAlone<T>(work: () => T): Promise<T> {
    this.#requireUsable();
    const { journal } = this.#tables;
    return this.#gate.pass(() => {
      const result = journal.attempt(work);
      this.#commit();
      return result;
    });
  }

  #commit(): void {
    this.#tables.journal.commit();
    const newest = newestEvent(this.#tables);
    if (newest > this.#newestEvent) this.#emitter.emit('outbox-appended', undefined);
    this.#newestEvent = newest;
  }

  #runnerOf(current: OpenTransaction): StoreRunner {
    return async (work) => {
      if (!current.open) throw new StorageError('CLOSED', 'tx must be used before its transaction ends; it has ended');
      return this.#tables.journal.attempt(work);
    };
  }

  #requireUsable(): void {
    this.#requireOutsideTransaction();
    if (this.#closed) throw new StorageError('CLOSED', 'memory storage must be open; it has been closed');
  }

  #requireOutsideTransaction(): void {
    if (this.#current.getStore()?.open === true) {
      throw new StorageError(
        'IN_TRANSACTION',
        'inside a transaction only tx may be used; got a call to the outer storage',
      );
    }
  }
}
