import { DatabaseSync } from 'node:sqlite';
import type { SqliteHandle } from '@mlperf/storage-sqlite';

/** A database that keeps what was asked of it, and can be told to fail. */
export class RecordingHandle implements SqliteHandle {
  readonly database: DatabaseSync;
  readonly executed: string[] = [];
  readonly prepared: string[] = [];
  /** Thrown in place of the next statement that `exec` gets with this text. */
  failure: { readonly statement: string; readonly error: Error } | undefined;

  constructor(path = ':memory:') {
    this.database = new DatabaseSync(path);
  }

  get isTransaction(): boolean {
    return this.database.isTransaction;
  }

  exec(sql: string): void {
    this.executed.push(sql);
    if (this.failure?.statement === sql) {
      const { error } = this.failure;
      this.failure = undefined;
      throw error;
    }
    this.database.exec(sql);
  }

  prepare(sql: string) {
    this.prepared.push(sql);
    return this.database.prepare(sql);
  }

  /** How often this statement was executed. */
  count(statement: string): number {
    return this.executed.filter((sql) => sql === statement).length;
  }
}
