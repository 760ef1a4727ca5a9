import type { Durability, Fence, MigrationReport } from '@mlperf/core';
import { accessOf, type CallChannel, type ChannelTransaction, type StoreCall } from '@mlperf/storage-sql';
import type { OpenDatabase } from './open-database.ts';
import { ReadLane } from './read-lane.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { WriteLane } from './write-lane.ts';

export interface EngineOptions {
  readonly busyTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

/** Does the work of a storage in this thread: one lane for writes and, on a file, one for reads. */
export class SqliteEngine implements CallChannel {
  readonly durability: Durability;
  readonly multiProcess: boolean;
  readonly #database: OpenDatabase;
  readonly #writes: WriteLane;
  readonly #reads: ReadLane | undefined;

  constructor(database: OpenDatabase, options: EngineOptions) {
    this.#database = database;
    this.durability = database.isFile ? 'power-loss' : 'none';
    this.multiProcess = database.isFile;
    this.#writes = new WriteLane(new SqliteConnection(database.writer), { ...options, shared: database.isFile });
    this.#reads =
      database.reader === undefined
        ? undefined
        : new ReadLane(new SqliteConnection(database.reader), options.busyTimeoutMs);
  }

  call(call: StoreCall): Promise<unknown> {
    return this.#reads !== undefined && accessOf(call) === 'read' ? this.#reads.call(call) : this.#writes.call(call);
  }

  begin({ now, fence }: { readonly now: number; readonly fence: Fence | undefined }): Promise<ChannelTransaction> {
    return this.#writes.begin(now, fence);
  }

  migrate(now: number): Promise<MigrationReport> {
    return this.#writes.migrate(now);
  }

  async close(): Promise<void> {
    await this.#writes.idle();
    await this.#reads?.idle();
    this.#database.close();
  }
}
