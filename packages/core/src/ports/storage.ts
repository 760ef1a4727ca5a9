import type { Clock } from '../clock.ts';
import type { Fence } from '../types/lease.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { LeaseStore } from './lease-store.ts';
import type { ModelStore } from './model-store.ts';
import type { MonitorStateStore } from './monitor-state-store.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { PredictionStore } from './prediction-store.ts';
import type { PromotionStore } from './promotion-store.ts';
import type { ReferenceStore } from './reference-store.ts';
import type { RetrainingStore } from './retraining-store.ts';
import type { RollupStore } from './rollup-store.ts';
import type { SlotStore } from './slot-store.ts';
import type { StudyStore } from './study-store.ts';
import type { TrialStore } from './trial-store.ts';
import type { WindowStore } from './window-store.ts';

/** Every store of one database. */
export interface StorageStores {
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
}

export interface TransactionOptions {
  /** The lease this write depends on; checked inside the transaction. A lost lease is `FENCED` and nothing is written. */
  readonly fence?: Fence;
}

/** What `migrate()` did. */
export interface MigrationReport {
  /** Names of the migrations applied now, in order; empty when the schema was current. */
  readonly applied: readonly string[];
  /** Schema version after the call. */
  readonly schemaVersion: number;
}

/** What outlives what: nothing the process, a killed process, or a power cut too. */
export type Durability = 'none' | 'process-crash' | 'power-loss';

/**
 * The storage port. Every adapter keeps these promises; one conformance suite checks them.
 *
 * - A write is atomic, and durable as {@link durability} says, when its promise resolves.
 * - A refused write (any thrown error) leaves no trace.
 * - Ids are idempotency keys: same id and content is a no-op, same id and other content is `CONFLICT`.
 * - Lists are ordered, bounded and paged by an opaque cursor. Text sorts by code point (`compareText`).
 * - An unknown key of a record is `INVALID_RECORD`; of a query or filter, as any bad value of one, `INVALID_QUERY`.
 * - A record is validated before anything is written: non-finite numbers, NUL characters and lone
 *   surrogates are `INVALID_RECORD`; −0 is stored as 0; an `undefined` property is absent.
 * - Records handed out are never modified later; records handed in may be modified by the caller afterwards.
 * - All methods are safe for concurrent calls. After `close()` every call is refused with `CLOSED`.
 * - A driver's error never surfaces raw: it is a `StorageError` with the original as `cause`.
 */
export interface PerformanceStorage extends StorageStores {
  /** `memory`, `sqlite`, `postgres`, or a third party's own name; used in messages. */
  readonly kind: string;
  readonly durability: Durability;
  /** Whether several processes may open one store at once. */
  readonly multiProcess: boolean;
  /** The clock that times leases and stamps maintenance. */
  readonly clock: Clock;

  /**
   * Runs `fn` with stores whose writes commit together when its promise resolves, and vanish when it rejects.
   * Transactions are serialisable. Only `tx` may be used inside: the outer storage refuses with `IN_TRANSACTION`.
   * `fn` may not start another transaction and should do no work but storage work: writers wait for it.
   * A call of `tx` that is refused leaves no trace, whether or not `fn` goes on. After the transaction's end `tx`
   * refuses with `CLOSED`.
   */
  transaction<T>(fn: (tx: StorageStores) => Promise<T>, options?: TransactionOptions): Promise<T>;

  /**
   * Calls `listener` soon after events were appended to the outbox and committed: by this handle at least, by others
   * where the database tells (Postgres). It is a hint, which may come late, twice, or be lost: who waits for events polls
   * as well. A listener that throws harms nobody.
   * @returns a function that ends the subscription.
   */
  onOutboxAppended(listener: () => void): () => void;

  /** Brings the schema up to date. Safe when two processes do it at once. @throws `SCHEMA_TOO_NEW`. */
  migrate(): Promise<MigrationReport>;

  /** Waits for writes under way, then closes. Idempotent. */
  close(): Promise<void>;
}
