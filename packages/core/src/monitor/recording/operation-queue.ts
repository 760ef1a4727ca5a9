import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { InterruptedError, type MlperfError, StorageError } from '../../errors.ts';
import type { PerformanceStorage, StorageStores } from '../../ports/storage.ts';
import type { Fence } from '../../types/lease.ts';
import { loadNeeds } from './memory-loader.ts';
import type { MonitorLease } from './monitor-lease.ts';
import { type MemoryNeeds, MonitorMemory } from './monitor-memory.ts';
import type { BatchReceipt, DegradationChange, Operation, OutcomeEffect } from './operation.ts';
import { PredictionLedger } from './prediction-ledger.ts';
import { asTyped, StorageRetry } from './storage-retry.ts';
import { type Batch, findReceipt, storeBatch, takeBatch } from './store-batch.ts';

/** Operations in one transaction. */
const MAX_BATCH = 2_000;
/** A batch the store refuses is first checked against it, then stored call by call, then given up. */
const ALONE_AFTER = 2;
const GIVE_UP_AFTER = 3;
/** An alarm does not wait longer than this for storage. */
const ALARM_PATIENCE_MS = 1_000;
const MAX_VERSIONS = 64;

/** Failures that no retry can mend. */
const FATAL: ReadonlySet<string> = new Set(['STORAGE_CORRUPT', 'SCHEMA_TOO_NEW', 'CLOSED']);

export interface OperationQueueOptions {
  readonly storage: PerformanceStorage;
  readonly settings: PerformanceMonitoringConfig;
  readonly lease: MonitorLease;
  /** The version whose figures are shown: kept in memory always. */
  readonly current: () => string | undefined;
  /** Reads in the transaction of a batch; what it returns is called once that has committed. */
  readonly follow: (tx: StorageStores, batch: Batch) => Promise<() => void>;
  readonly onStored: (operation: Operation, receipt: BatchReceipt) => void;
  /** An alarm whose outcome storage keeps waiting. */
  readonly onOverdue: (effect: OutcomeEffect, change: DegradationChange) => void;
  readonly onFailed: (error: MlperfError, fatal: boolean) => void;
}

/**
 * Applies calls to memory at once, in their order, and stores them in the same order, many in one transaction: while
 * one is under way the next gathers. A call that memory cannot answer alone waits for the store, and holds up those
 * behind it, so that the order of the calls is the order of the outcomes whatever memory happens to hold.
 *
 * When the store knows better than memory (a repeated call, a lease lost for a moment), memory is read back from the
 * store and the calls still waiting are applied to it again.
 */
export class OperationQueue {
  readonly #options: OperationQueueOptions;
  readonly #stop = new AbortController();
  readonly #retry: StorageRetry;
  #memory: MonitorMemory;
  /** The figures of before, while memory is read back. */
  #shown: MonitorMemory | undefined;
  #epoch: number;
  /** Not applied to memory yet. */
  #arrivals: Operation[] = [];
  /** Applied, in batches that are full. */
  #sealed: Batch[] = [];
  /** Applied, in a batch that still grows. */
  #open: Operation[] = [];
  #waiting = 0;
  #batches = 0;
  #closing = false;
  #fatal: MlperfError | undefined;
  #running: Promise<void> | undefined;

  /** @param forgetful - Whether the store may hold predictions already. */
  constructor(options: OperationQueueOptions, forgetful: boolean) {
    this.#options = options;
    this.#memory = this.#emptyMemory(forgetful);
    this.#epoch = options.lease.epoch;
    this.#retry = new StorageRetry({
      clock: options.storage.clock,
      stop: this.#stop.signal,
      closing: () => this.#closing,
      givenUp: () => this.#fatal !== undefined,
      onOutage: (error) => options.onFailed(error, false),
    });
  }

  /** What to read figures from. */
  get memory(): MonitorMemory {
    return this.#shown ?? this.#memory;
  }

  /** Operations accepted and not yet durable. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * @returns a promise that resolves when the operation is durable.
   * @throws {@link StorageError} `TOO_LARGE` when too many are waiting. {@link InterruptedError} `CLOSED`.
   */
  submit(operation: Operation): Promise<void> {
    const bound = this.#options.settings.maxQueuedOperations;
    const refusal =
      this.#fatal ??
      (this.#closing
        ? new InterruptedError('CLOSED', 'the monitor is closed')
        : this.#waiting >= bound
          ? new StorageError(
              'TOO_LARGE',
              `${bound} operations wait for storage; this one was refused and left no trace`,
            )
          : undefined);
    if (refusal !== undefined) {
      operation.done.reject(refusal);
      return operation.done.promise;
    }
    this.#waiting++;
    const straight = this.#arrivals.length === 0 && this.#shown === undefined && this.#memory.isReady(operation);
    if (straight) this.#apply(operation);
    else this.#arrivals.push(operation);
    this.#start();
    return operation.done.promise;
  }

  /** Reads a version into memory before the first call. */
  async load(versionId: string): Promise<void> {
    const needs: MemoryNeeds = { versionIds: new Set([versionId]), ids: new Set() };
    await loadNeeds(this.#options.storage, this.#memory, needs, this.#options.settings);
  }

  /** Stores what waits, then accepts nothing more. @throws the error that kept something from being stored. */
  async close(): Promise<void> {
    const alreadyLost = this.#fatal;
    this.#closing = true;
    this.#stop.abort();
    await this.#running;
    if (this.#fatal !== undefined && this.#fatal !== alreadyLost) throw this.#fatal;
  }

  /** Rejects everything that waits and everything to come. */
  fail(error: MlperfError, inHand: readonly Operation[] = []): void {
    const first = this.#fatal === undefined;
    this.#fatal ??= error;
    if (first) this.#options.onFailed(error, true);
    for (const operation of [...inHand, ...this.#takeAll()]) this.#finish(operation, this.#fatal);
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Calls made in one go are stored in one go.
    await Promise.resolve();
    try {
      while (this.#fatal === undefined) {
        if (this.#options.lease.epoch !== this.#epoch) this.#rebuild([]);
        if (this.#arrivals.length > 0 || this.#shown !== undefined) await this.#admit();
        const batch = this.#sealed.shift() ?? this.#seal();
        if (batch !== undefined) await this.#store(batch);
        else if (this.#arrivals.length === 0 && this.#shown === undefined) return;
      }
    } finally {
      // In the same turn as the last look at the queue, or a call made in between would wait for ever.
      this.#running = undefined;
    }
  }

  /** Applies the calls that had to wait, once memory holds what they need. */
  async #admit(): Promise<void> {
    const { storage, settings } = this.#options;
    const pass = this.#arrivals.length;
    try {
      for (;;) {
        const needs = this.#needsOf(pass);
        if (needs.ids.size + needs.versionIds.size === 0) break;
        await this.#retry.run(() => loadNeeds(storage, this.#memory, needs, settings));
      }
    } catch (error) {
      this.fail(asTyped(error));
      return;
    }
    for (const operation of this.#arrivals.splice(0, pass)) {
      const alone = operation.refusals >= ALONE_AFTER;
      if (alone) this.#sealOpen();
      this.#apply(operation);
      if (alone) this.#sealOpen();
    }
    this.#memory.asked.clear();
    if (this.#arrivals.length === 0) this.#shown = undefined;
  }

  #needsOf(pass: number): MemoryNeeds {
    const needs: MemoryNeeds = { versionIds: new Set(), ids: new Set() };
    const coming = new Set<string>();
    const current = this.#options.current();
    if (current !== undefined && !this.#memory.versions.has(current)) needs.versionIds.add(current);
    for (let i = 0; i < pass; i++) this.#memory.isReady(this.#arrivals[i]!, needs, coming);
    return needs;
  }

  #apply(operation: Operation): void {
    const before = operation.effects;
    try {
      operation.effects = this.#memory.apply(operation);
    } catch (refusal) {
      // Memory may rest on a call the store has yet to confirm, so the refusal takes its turn like everything else.
      operation.effects = { outcomes: [], entries: [], touched: [], refusal };
    }
    for (const effect of operation.effects.outcomes) {
      const { change } = effect;
      if (change === undefined) continue;
      const told = before?.outcomes.some(
        (old) => old.resolution.predictionId === effect.resolution.predictionId && old.change?.announced === true,
      );
      if (told === true) change.announced = true;
      else this.#announceWhenOverdue(effect, change);
    }
    this.#open.push(operation);
    if (this.#open.length >= MAX_BATCH) this.#sealOpen();
  }

  #announceWhenOverdue(effect: OutcomeEffect, change: DegradationChange): void {
    const announce = () => {
      if (change.announced || this.#fatal !== undefined) return;
      change.announced = true;
      this.#options.onOverdue(effect, change);
    };
    this.#options.storage.clock
      .sleep(ALARM_PATIENCE_MS, this.#stop.signal, { background: true })
      .then(announce, () => undefined);
  }

  #sealOpen(): void {
    const batch = this.#seal();
    if (batch !== undefined) this.#sealed.push(batch);
  }

  #seal(): Batch | undefined {
    if (this.#open.length === 0) return undefined;
    const { lease, token } = this.#options.lease.fence;
    const batch = takeBatch(this.#open, lease, `${lease}:${token}:${this.#batches++}`);
    this.#open = [];
    return batch;
  }

  async #store(batch: Batch): Promise<void> {
    const { storage, lease, follow } = this.#options;
    const { fence } = lease;
    let stored: { readonly receipt: BatchReceipt; readonly switchVersion: () => void };
    let inDoubt = false;
    try {
      stored = await this.#retry.run(async () => {
        // A batch with nothing to store has its receipt already; so may one whose commit failed on the way back.
        const receipt = batch.checkpoints.size === 0 || inDoubt ? await findReceipt(storage, batch) : undefined;
        if (receipt !== undefined) return { receipt, switchVersion: await follow(storage, batch) };
        inDoubt = true;
        return await storage.transaction(
          async (tx) => ({
            receipt: await storeBatch(tx, batch, storage.clock.now()),
            switchVersion: await follow(tx, batch),
          }),
          { fence },
        );
      });
    } catch (error) {
      await this.#recover(batch, asTyped(error), fence);
      return;
    }
    const { receipt, switchVersion } = stored;
    for (const [slot, position] of receipt.positions) slot.position = position;
    switchVersion();
    for (const operation of batch.operations) {
      for (const entry of operation.effects?.entries ?? []) this.#memory.ledger.settle(entry);
      this.#options.onStored(operation, receipt);
      this.#finish(operation, operation.effects?.refusal);
    }
    this.#memory.ledger.trim();
    this.#trimVersions();
  }

  async #recover(batch: Batch, error: MlperfError, fence: Fence): Promise<void> {
    if (error.code === 'FENCED') {
      try {
        const lost = await this.#retry.run(() => this.#options.lease.regain(fence, error));
        if (lost !== undefined) this.fail(lost, batch.operations);
        else this.#rebuild(batch.operations);
      } catch (failure) {
        this.fail(asTyped(failure), batch.operations);
      }
      return;
    }
    if (FATAL.has(error.code) || error.code === 'STORAGE_FAILURE') {
      this.fail(error, batch.operations);
      return;
    }
    for (const operation of batch.operations) operation.refusals++;
    const kept = batch.operations.filter(({ refusals }) => refusals < GIVE_UP_AFTER);
    for (const operation of batch.operations) {
      if (operation.refusals >= GIVE_UP_AFTER) this.#finish(operation, error);
    }
    this.#rebuild(kept);
  }

  /** Memory is read back from the store, and all calls that wait are applied to it again. */
  #rebuild(inHand: readonly Operation[]): void {
    this.#epoch = this.#options.lease.epoch;
    for (const operation of inHand) operation.doubtful = true;
    this.#arrivals = [...inHand, ...this.#takeAll()];
    this.#shown ??= this.#memory;
    this.#memory = this.#emptyMemory(true);
  }

  #takeAll(): Operation[] {
    const all = [...this.#sealed.flatMap(({ operations }) => operations), ...this.#open, ...this.#arrivals];
    this.#sealed = [];
    this.#open = [];
    this.#arrivals = [];
    return all;
  }

  #finish(operation: Operation, error?: unknown): void {
    this.#waiting--;
    if (error === undefined) operation.done.resolve();
    else operation.done.reject(error);
  }

  #trimVersions(): void {
    const { versions } = this.#memory;
    if (versions.size <= MAX_VERSIONS || this.#waiting > 0) return;
    for (const versionId of versions.keys()) {
      if (versionId !== this.#options.current()) versions.delete(versionId);
      if (versions.size <= MAX_VERSIONS) return;
    }
  }

  #emptyMemory(forgetful: boolean): MonitorMemory {
    const { settings } = this.#options;
    return new MonitorMemory(new PredictionLedger(settings.maxPendingPredictions, forgetful), settings);
  }
}
