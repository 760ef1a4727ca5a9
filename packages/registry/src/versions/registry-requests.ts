import type {
  Clock,
  Fence,
  JsonObject,
  ListenerErrorHandler,
  ModelFamily,
  PerformanceStorage,
  StorageStores,
} from '@mlperf/core';

export interface ModelRegistryOptions {
  readonly storage: PerformanceStorage;
  /** What `ModelRegistry.loadModel` can load; default none. */
  readonly families?: readonly ModelFamily[];
  /** Stamps versions and promotions; default the storage's clock. */
  readonly clock?: Clock;
  /** Default: a process warning. */
  readonly onListenerError?: ListenerErrorHandler;
}

/** What else happens in the transaction of a change: all of it or none. */
export interface TransactionExtras {
  /** The lease the change depends on. */
  readonly fence?: Fence;
  /** Further writes; may only use `tx`. */
  readonly alongside?: (tx: StorageStores) => Promise<void>;
}

export interface PromoteRequest {
  /** The champion the caller saw; `undefined` when there was none. Another one by now: `CONFLICT`. */
  readonly expectedActive: string | undefined;
  /** Default `promoted by hand`. */
  readonly reason?: string;
  /** Who or what decided; default `host`. */
  readonly actor?: string;
  readonly evidence?: JsonObject;
}

export interface RollbackRequest {
  readonly modelName: string;
  /** Default: see `ModelRegistry.rollback`. */
  readonly versionId?: string;
  readonly reason: string;
  /** Default `host`. */
  readonly actor?: string;
  /** Whether the version that is left may never be promoted again; default true. */
  readonly bar?: boolean;
  /** When given, another champion by now is a `CONFLICT`. */
  readonly expectedActive?: string;
  readonly evidence?: JsonObject;
}
