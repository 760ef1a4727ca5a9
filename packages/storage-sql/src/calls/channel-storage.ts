import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Clock,
  type Durability,
  type Fence,
  type MigrationReport,
  type PerformanceStorage,
  requireFence,
  StorageError,
  type StorageStores,
  type TransactionOptions,
  TypedEmitter,
} from '@mlperf/core';
import type { ArtifactDirectory } from '../artifacts/artifact-directory.ts';
import { SqlArtifacts } from '../artifacts/sql-artifacts.ts';
import type { CallChannel, ChannelTransaction, StoreCall } from './call-channel.ts';
import type { FrontStores } from './call-checks.ts';
import { createCallStores } from './call-stores.ts';

/** A transaction as the code inside it sees it. */
interface TransactionScope {
  open: boolean;
  /** Whether events were appended in it. */
  appended: boolean;
}

/** The storage port in front of a channel: what may be called when, and by whom. */
export class ChannelStorage implements PerformanceStorage {
  readonly kind: string;
  readonly clock: Clock;
  readonly predictions: StorageStores['predictions'];
  readonly rollups: StorageStores['rollups'];
  readonly windows: StorageStores['windows'];
  readonly monitorStates: StorageStores['monitorStates'];
  readonly references: StorageStores['references'];
  readonly studies: StorageStores['studies'];
  readonly trials: StorageStores['trials'];
  readonly models: StorageStores['models'];
  readonly slots: StorageStores['slots'];
  readonly promotions: StorageStores['promotions'];
  readonly retrainings: StorageStores['retrainings'];
  readonly artifacts: StorageStores['artifacts'];
  readonly leases: StorageStores['leases'];
  readonly outbox: StorageStores['outbox'];
  readonly #channel: CallChannel;
  readonly #artifactDirectory: ArtifactDirectory | undefined;
  readonly #scopes = new AsyncLocalStorage<TransactionScope>();
  readonly #emitter = new TypedEmitter<{ 'outbox-appended': undefined }>();
  #closing: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;

  /** @param artifactDirectory - Keeps the bytes of artifacts; left out, the database does. */
  constructor(kind: string, channel: CallChannel, clock: Clock, artifactDirectory?: ArtifactDirectory) {
    this.kind = kind;
    this.clock = clock;
    this.#channel = channel;
    this.#artifactDirectory = artifactDirectory;
    const stores = createCallStores(async (call) => {
      this.#requireUsable();
      const result = await channel.call({ ...call, now: clock.now() });
      if (appendsEvents(call)) this.#wake();
      return result;
    });
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
    this.artifacts = new SqlArtifacts(stores.artifacts, artifactDirectory, (work) =>
      this.#transact((tx) => work(tx.artifacts), undefined),
    );
    this.leases = stores.leases;
    this.outbox = stores.outbox;
  }

  get durability(): Durability {
    return this.#channel.durability;
  }

  get multiProcess(): boolean {
    return this.#channel.multiProcess;
  }

  async transaction<T>(fn: (tx: StorageStores) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    this.#requireUsable();
    const fence = options.fence === undefined ? undefined : requireFence(options.fence);
    return this.#transact((stores) => {
      const artifacts = new SqlArtifacts(stores.artifacts, this.#artifactDirectory);
      return fn({ ...stores, artifacts });
    }, fence);
  }

  async #transact<T>(work: (stores: FrontStores) => Promise<T>, fence: Fence | undefined): Promise<T> {
    const transaction = await this.#channel.begin({ now: this.clock.now(), fence });
    const scope: TransactionScope = { open: true, appended: false };
    let result: T;
    try {
      result = await this.#scopes.run(scope, async () => work(this.#storesOf(transaction, scope)));
    } catch (error) {
      scope.open = false;
      // The reason is the one worth telling; a writer that cannot even roll back has lost the transaction anyway.
      await transaction.rollback().catch(() => undefined);
      throw error;
    }
    scope.open = false;
    await transaction.commit();
    if (scope.appended) this.#wake();
    return result;
  }

  onOutboxAppended(listener: () => void): () => void {
    const stop = this.#emitter.on('outbox-appended', listener);
    if (this.#closing === undefined) this.#unwatch ??= this.#channel.watchOutbox?.(() => this.#wake());
    return () => {
      stop();
      if (!this.#emitter.hears('outbox-appended')) this.#stopWatching();
    };
  }

  async migrate(): Promise<MigrationReport> {
    this.#requireUsable();
    return this.#channel.migrate(this.clock.now());
  }

  async close(): Promise<void> {
    if (this.#scopes.getStore()?.open) throw refusedInTransaction();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopWatching();
    try {
      await this.#channel.close();
    } finally {
      this.#emitter.removeAllListeners();
    }
  }

  #stopWatching(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  #wake(): void {
    this.#emitter.emit('outbox-appended', undefined);
  }

  #storesOf(transaction: ChannelTransaction, scope: TransactionScope): FrontStores {
    return createCallStores(async (call) => {
      if (!scope.open) {
        throw new StorageError('CLOSED', 'tx must be used before its transaction ends; it has ended');
      }
      if (appendsEvents(call)) scope.appended = true;
      return transaction.call({ ...call, now: this.clock.now() });
    });
  }

  #requireUsable(): void {
    if (this.#scopes.getStore()?.open) throw refusedInTransaction();
    if (this.#closing !== undefined)
      throw new StorageError('CLOSED', `${this.kind} storage must be open; it has been closed`);
  }
}

function refusedInTransaction(): StorageError {
  return new StorageError(
    'IN_TRANSACTION',
    'inside a transaction only tx may be used; got a call to the outer storage',
  );
}

function appendsEvents({ store, method }: Pick<StoreCall, 'store' | 'method'>): boolean {
  return store === 'outbox' && method === 'append';
}
