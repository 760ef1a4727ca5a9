import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteHandle, SqliteValue } from './sqlite-handle.ts';
import { StatementCache } from './statement-cache.ts';

/**
 * Kysely on one open `node:sqlite` database. Kysely's own SQLite dialect passes parameters as one array, which that
 * module takes for named ones.
 * @remarks Statements run at once and in the order given; whoever owns the handle owns its transactions.
 */
export class NodeSqliteDialect implements Dialect {
  readonly #driver: NodeSqliteDriver;

  constructor(handle: SqliteHandle) {
    this.#driver = new NodeSqliteDriver(new NodeSqliteConnection(handle));
  }

  createAdapter(): SqliteAdapter {
    return new SqliteAdapter();
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}

class NodeSqliteDriver implements Driver {
  readonly #connection: NodeSqliteConnection;

  constructor(connection: NodeSqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    this.#connection.exec('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    this.#connection.exec('commit');
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.exec('rollback');
  }

  async releaseConnection(): Promise<void> {}

  /** The handle is its owner's to close. */
  async destroy(): Promise<void> {}
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #handle: SqliteHandle;
  readonly #statements: StatementCache;

  constructor(handle: SqliteHandle) {
    this.#handle = handle;
    this.#statements = new StatementCache(handle);
  }

  exec(sql: string): void {
    this.#handle.exec(sql);
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, isQuery } = this.#statements.prepare(sql);
    const values = parameters as SqliteValue[];
    if (isQuery) return { rows: statement.all(...values) as R[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
  }

  // biome-ignore lint/correctness/useYield: a stream is refused before its first row
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('streaming is not supported: every query of the stores is bounded');
  }
}
