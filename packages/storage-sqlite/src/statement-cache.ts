import type { SqliteHandle, SqliteStatement } from './sqlite-handle.ts';

export interface CachedStatement {
  readonly statement: SqliteStatement;
  /** Whether it gives rows. */
  readonly isQuery: boolean;
}

/** Prepared statements by text; the least recently used one goes when there are too many. */
export class StatementCache {
  readonly #handle: SqliteHandle;
  readonly #max: number;
  readonly #statements = new Map<string, CachedStatement>();

  constructor(handle: SqliteHandle, max = 512) {
    this.#handle = handle;
    this.#max = max;
  }

  get size(): number {
    return this.#statements.size;
  }

  prepare(sql: string): CachedStatement {
    let cached = this.#statements.get(sql);
    if (cached === undefined) {
      const statement = this.#handle.prepare(sql);
      cached = { statement, isQuery: statement.columns().length > 0 };
      if (this.#statements.size >= this.#max) this.#statements.delete(this.#statements.keys().next().value!);
    } else {
      this.#statements.delete(sql);
    }
    this.#statements.set(sql, cached);
    return cached;
  }
}
