import type { Clock, Durability } from '@mlperf/core';

export interface StatementResult {
  readonly rows: unknown[];
  readonly affectedRows: number;
}

/** A transaction on a connection that is nobody else's while it lasts. */
export interface PostgresTransaction {
  /** Whether the connection is lost, and the transaction with it. */
  readonly lost: boolean;
  query(sql: string, parameters: readonly unknown[]): Promise<StatementResult>;
  /** Whether {@link copyIn} can be called. */
  readonly canCopy: boolean;
  /** Copies rows in. @param text - In the text form of `COPY`. */
  copyIn(table: string, columns: readonly string[], text: string): Promise<void>;
  /** Several statements without parameters. */
  exec(sql: string): Promise<void>;
  /** @throws The driver's error; when {@link lost}, nobody can say whether the commit took place. */
  commit(): Promise<void>;
  /** Never throws: a connection that cannot roll back is closed, which comes to the same. */
  rollback(): Promise<void>;
}

/** What a transaction is for. One that migrates is one that writes, with all the time it needs. */
export type Access = 'read' | 'write' | 'migrate';

/** Where transactions come from: a server behind a pool, or an embedded Postgres. */
export interface PostgresBackend {
  readonly durability: Durability;
  readonly multiProcess: boolean;
  /** Transactions that may read at once and leave one connection to write on; at least 1. */
  readonly maxReads: number;
  /**
   * Begins a transaction. One that writes waits for the schema's write lock and is the only one until it ends; one
   * that reads sees the last commit at its first statement.
   */
  begin(access: Access): Promise<PostgresTransaction>;
  /**
   * Calls `wake` when another process commits a notification on the channel; absent where there is none to hear.
   * @returns a function that ends it.
   */
  listen?(channel: string, wake: () => void, clock: Clock): () => void;
  /** Closes what was opened here. */
  close(): Promise<void>;
}
