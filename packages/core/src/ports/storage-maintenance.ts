import type { MigrationReport } from './storage.ts';

/** A consumer of the outbox and what it has yet to see. */
export interface OutboxConsumerStatus {
  readonly consumer: string;
  /** The last event it acknowledged; 0 for none. */
  readonly sequence: number;
  /** Events after that. */
  readonly behind: number;
}

/** A lease that has an owner now. */
export interface LeaseStatus {
  readonly lease: string;
  readonly owner: string;
  readonly token: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What a store holds, read without changing it. */
export interface StorageStatus {
  readonly kind: string;
  /** 0 for a store that was never migrated. */
  readonly schemaVersion: number;
  /** Names of the migrations that `migrate` would apply. */
  readonly pendingMigrations: readonly string[];
  /** Room taken on disk, bytes. */
  readonly bytes: number;
  /** Rows by table; empty for a store that was never migrated. */
  readonly rows: Readonly<Record<string, number>>;
  /** The oldest and the newest prediction, epoch milliseconds; absent without predictions. */
  readonly predictedFrom?: number;
  readonly predictedTo?: number;
  readonly leases: readonly LeaseStatus[];
  readonly consumers: readonly OutboxConsumerStatus[];
}

/** What a part of the verification is about. */
export type StorageCheck =
  | 'database'
  | 'records'
  | 'rollups'
  | 'outcome-sequences'
  | 'artifacts'
  | 'references'
  | 'outbox';

/** One thing found wrong. */
export interface StorageProblem {
  readonly check: StorageCheck;
  /** What it is about: a roll-up's key, an artifact's hash, a record's id. */
  readonly subject: string;
  /** What was expected, and what is stored. */
  readonly message: string;
}

export interface VerificationReport {
  /** How many things each check has looked at. */
  readonly checked: Readonly<Record<StorageCheck, number>>;
  /** The first {@link VerifyOptions.maxProblems} found. */
  readonly problems: readonly StorageProblem[];
  /** All that were found. */
  readonly problemCount: number;
}

export interface VerifyOptions {
  /** Problems kept in the report, 1 to 100,000; default 1,000. All are counted. */
  readonly maxProblems?: number;
  /** Where the bytes of artifacts are, for a store that is opened with such a directory. */
  readonly artifactDirectory?: string;
  readonly signal?: AbortSignal;
}

/**
 * What an operator does to a store: apart from `migrate` nothing is written, not even the file of a store that is not
 * there.
 */
export interface StorageMaintenance {
  readonly kind: string;
  status(): Promise<StorageStatus>;
  /**
   * Recomputes the roll-ups from the predictions, the hashes of the artifacts from their bytes, and follows every
   * reference, all on one snapshot. Counts must agree exactly, sums to 1e-12.
   * @remarks Reads every row once, in bounded memory, while others go on writing.
   * @throws `STORAGE_FAILURE` for a store that was never migrated; `ABORTED`.
   */
  verify(options?: VerifyOptions): Promise<VerificationReport>;
  migrate(): Promise<MigrationReport>;
  close(): Promise<void>;
}
