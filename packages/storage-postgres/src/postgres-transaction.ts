import type { Durability } from '@mlperf/core';

export interface StatementResult {
  readonly rows: unknown[];
  readonly affectedRows: number;
}

/** A transaction on a connection that is nobody else's while it lasts. */
export interface PostgresTransaction {
  /** Whether the connection is lost, and the transaction with it. */
  readonly lost: boolean;
  query(sql: string, parameters: readonly unknown[]): Promise<StatementResult>;
  /** Several statements without parameters. */
  exec(sql: string): Promise<void>;
  /** @throws The driver's error; when {@link lost}, nobody can say whether the commit took place. */
  commit(): Promise<void>;
  /** Never throws: a connection that cannot roll back is closed, which comes to the same. */
  rollback(): Promise<void>;
}

/** Where transactions come from: a server behind a pool, or an embedded Postgres. */
export interface PostgresBackend {
  readonly durability: Durability;
  readonly multiProcess: boolean;
  /**
   * Begins a transaction. One that writes waits for the schema's write lock and is the only one until it ends; one
   * that reads sees the last commit at its first statement.
   */
  begin(access: 'read' | 'write'): Promise<PostgresTransaction>;
  /** Closes what was opened here. */
  close(): Promise<void>;
}
