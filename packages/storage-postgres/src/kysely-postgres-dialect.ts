import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { PostgresTransaction } from './postgres-transaction.ts';
import { SchemaIntrospector } from './schema-introspector.ts';

/** Kysely on the transaction that is under way, whose owner begins and ends it. */
export class KyselyPostgresDialect implements Dialect {
  readonly #driver: TransactionDriver;

  constructor(current: () => PostgresTransaction) {
    this.#driver = new TransactionDriver(new TransactionConnection(current));
  }

  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SchemaIntrospector(db);
  }
}

class TransactionDriver implements Driver {
  readonly #connection: TransactionConnection;

  constructor(connection: TransactionConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    throw new Error('transactions are begun by the lanes, not by Kysely');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class TransactionConnection implements DatabaseConnection {
  readonly #current: () => PostgresTransaction;

  constructor(current: () => PostgresTransaction) {
    this.#current = current;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.#current().query(sql, parameters);
    return { rows: rows as R[], numAffectedRows: BigInt(affectedRows) };
  }

  // biome-ignore lint/correctness/useYield: a stream is refused before its first row
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('streaming is not supported: every query of the stores is bounded');
  }
}
