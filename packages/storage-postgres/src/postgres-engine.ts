import { type Clock, type Durability, type Fence, type MigrationReport, StorageError } from '@mlperf/core';
import {
  accessOf,
  type CallChannel,
  type ChannelTransaction,
  SCHEMA_VERSION,
  type StoreCall,
} from '@mlperf/storage-sql';
import { isCurrent, migratePostgres } from './migrate-postgres.ts';
import { outboxChannelOf } from './outbox-channel.ts';
import { PostgresConnection } from './postgres-connection.ts';
import type { PostgresBackend } from './postgres-transaction.ts';
import { ReadLanes } from './read-lanes.ts';
import { WriteLane } from './write-lane.ts';

/** Calls that may wait at once. A host that lets more pile up has stopped listening to its storage. */
const MAX_PENDING = 100_000;

export interface EngineOptions {
  readonly schema: string;
  readonly transactionTimeoutMs: number;
  /** Whether the host's clock times leases; else the server's does. */
  readonly steered: boolean;
  /** Times the waits of a listener whose connection has broken. */
  readonly clock: Clock;
}

/** Does the work of a storage: one lane for writes, and for reads as many as the pool has connections left. */
export class PostgresEngine implements CallChannel {
  readonly durability: Durability;
  readonly multiProcess: boolean;
  readonly #backend: PostgresBackend;
  readonly #schema: string;
  readonly #clock: Clock;
  readonly #writes: WriteLane;
  readonly #reads: ReadLanes;
  #pending = 0;

  constructor(backend: PostgresBackend, { schema, transactionTimeoutMs, steered, clock }: EngineOptions) {
    this.#backend = backend;
    this.#schema = schema;
    this.#clock = clock;
    this.durability = backend.durability;
    this.multiProcess = backend.multiProcess;
    this.#writes = new WriteLane(
      backend,
      new PostgresConnection(steered, backend.listen && outboxChannelOf(schema)),
      transactionTimeoutMs,
    );
    this.#reads = new ReadLanes(backend, steered);
  }

  async call(call: StoreCall): Promise<unknown> {
    if (this.#pending >= MAX_PENDING) {
      throw new StorageError('STORAGE_FAILURE', `at most ${MAX_PENDING} calls may wait for the storage; that many do`);
    }
    this.#pending++;
    try {
      return await (accessOf(call) === 'read' ? this.#reads : this.#writes).call(call);
    } finally {
      this.#pending--;
    }
  }

  begin({ now, fence }: { readonly now: number; readonly fence: Fence | undefined }): Promise<ChannelTransaction> {
    return this.#writes.begin(now, fence);
  }

  async migrate(now: number): Promise<MigrationReport> {
    const current = await this.#reads.run((connection) => {
      connection.setNow(now);
      return isCurrent(connection);
    });
    if (current) return { applied: [], schemaVersion: SCHEMA_VERSION };
    return this.#writes.migrate((connection) => {
      connection.setNow(now);
      return migratePostgres(connection, this.#schema);
    });
  }

  watchOutbox(wake: () => void): () => void {
    return this.#backend.listen?.(outboxChannelOf(this.#schema), wake, this.#clock) ?? (() => undefined);
  }

  async close(): Promise<void> {
    await this.#writes.idle();
    await this.#reads.idle();
    await this.#backend.close();
  }
}
