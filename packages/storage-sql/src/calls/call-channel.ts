import type { Durability, Fence, MigrationReport, StorageStores } from '@mlperf/core';

export type StoreName = keyof StorageStores;

/** One method call on one store, as data: what crosses a thread border or waits in a queue. */
export interface StoreCall {
  readonly store: StoreName;
  readonly method: string;
  /** Checked by {@link checkCall}; copied, so that the caller may change what it gave. */
  readonly args: readonly unknown[];
  /** The storage's clock when the call was made, epoch milliseconds. */
  readonly now: number;
}

/** A transaction that holds the writer until it is committed or rolled back. */
export interface ChannelTransaction {
  call(call: StoreCall): Promise<unknown>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** The way from a storage's front to the connection that does the work, in this thread or in another. */
export interface CallChannel {
  readonly durability: Durability;
  readonly multiProcess: boolean;
  /** Resolves when a write is durable, and no sooner. */
  call(call: StoreCall): Promise<unknown>;
  /** Resolves once the writer is held and the fence checked. */
  begin(options: { readonly now: number; readonly fence: Fence | undefined }): Promise<ChannelTransaction>;
  migrate(now: number): Promise<MigrationReport>;
  /**
   * Calls `wake` when some process may have appended to the outbox; absent where the database tells nobody.
   * @returns a function that ends it.
   */
  watchOutbox?(wake: () => void): () => void;
  /** Waits for what was called before. */
  close(): Promise<void>;
}
