import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import { MonthKnowledge } from './partitions/month-knowledge.ts';
import type { Database } from './schema.ts';
import type { SqlDialect } from './sql-dialect.ts';

/**
 * Inserts rows of text, numbers and nulls by the database's way for bulk.
 * @returns false, and inserts nothing, where this connection has none.
 */
export type CopyRows = (
  table: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
) => Promise<boolean>;

/**
 * One connection as the stores use it. The adapter owns its transactions: every store method runs inside one that
 * the adapter has begun, so that what a method reads and writes is one snapshot and one commit.
 */
export class SqlSession {
  readonly db: Kysely<Database>;
  readonly dialect: SqlDialect;
  /** The adapter has it forget when a transaction, or a part of one, is rolled back. */
  readonly months = new MonthKnowledge();
  /** Absent where the database has no way for bulk. */
  readonly copyRows: CopyRows | undefined;
  readonly #now: () => Promise<number>;
  readonly #compiled = new Map<string, CompiledQuery>();

  /** @param now - The clock that times leases, epoch milliseconds. */
  constructor(db: Kysely<Database>, dialect: SqlDialect, now: () => Promise<number>, copyRows?: CopyRows) {
    this.db = db;
    this.copyRows = copyRows;
    this.dialect = dialect;
    this.#now = now;
  }

  now(): Promise<number> {
    return this.#now();
  }

  /**
   * Runs a statement whose text never changes, compiled once.
   * @param key - Names the text; statements under one key must compile to the same text.
   * @param build - Compiles the statement, with any value in place of each parameter.
   * @param parameters - The values, in the order the text takes them.
   */
  async run<R>(
    key: string,
    build: (db: Kysely<Database>) => CompiledQuery<R>,
    parameters: readonly unknown[],
  ): Promise<QueryResult<R>> {
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = build(this.db);
      this.#compiled.set(key, compiled);
    }
    return (await this.db.executeQuery({ ...compiled, parameters })) as QueryResult<R>;
  }
}
