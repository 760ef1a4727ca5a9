import {
  type Clock,
  type MigrationReport,
  StorageError,
  type StorageMaintenance,
  type StorageStatus,
  systemClock,
  type VerificationReport,
  type VerifyOptions,
} from '@mlperf/core';
import { readStatus, refuseStrangersDatabase, verifyStorage } from '@mlperf/storage-sql';
import { sql } from 'kysely';
import { openPool } from './open-pool.ts';
import { PostgresConnection } from './postgres-connection.ts';
import { PostgresEngine } from './postgres-engine.ts';
import { toStorageError } from './postgres-errors.ts';
import type { PostgresPool } from './postgres-handles.ts';
import type { PostgresBackend } from './postgres-transaction.ts';
import { requireSchemaName } from './schema-name.ts';

const DEFAULT_SCHEMA = 'mlperf';
const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 60_000;
/** A verification reads everything, and a count of ten million rows takes its time. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

export interface PostgresMaintenanceOptions {
  /** Default `mlperf`. */
  readonly schema?: string;
  readonly clock?: Clock;
}

/**
 * What an operator does to a schema on a server. Only `migrate` makes the schema if it is not there; the other methods
 * read one snapshot in a transaction that cannot write.
 * @throws `INVALID_CONFIG` for a bad URL or schema. Nothing is connected yet.
 * @example
 * const maintenance = openPostgresMaintenance('postgres://trader@db.internal/trading');
 * const { problemCount } = await maintenance.verify();
 * await maintenance.close();
 */
export function openPostgresMaintenance(
  urlOrPool: string | PostgresPool,
  options: PostgresMaintenanceOptions = {},
): StorageMaintenance {
  const schema = requireSchemaName(options.schema ?? DEFAULT_SCHEMA);
  const backend = openPool(urlOrPool, {
    schema,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    transactionTimeoutMs: STATEMENT_TIMEOUT_MS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    poolSize: 2,
    preparedStatements: false,
  });
  return new PostgresMaintenance(backend, schema, options.clock);
}

class PostgresMaintenance implements StorageMaintenance {
  readonly kind = 'postgres';
  readonly #backend: PostgresBackend;
  readonly #schema: string;
  readonly #clock: Clock | undefined;

  constructor(backend: PostgresBackend, schema: string, clock: Clock | undefined) {
    this.#backend = backend;
    this.#schema = schema;
    this.#clock = clock;
  }

  status(): Promise<StorageStatus> {
    return this.#read(async ({ session }) => {
      const { rows } = await sql<{ bytes: number }>`
        select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${this.#schema} and c.relkind = 'r'`.execute(session.db);
      return { kind: this.kind, bytes: Number(rows[0]!.bytes), ...(await readStatus(session)) };
    });
  }

  verify(options: VerifyOptions = {}): Promise<VerificationReport> {
    return this.#read(({ session }) => verifyStorage(session, options, async () => []));
  }

  async migrate(): Promise<MigrationReport> {
    const engine = new PostgresEngine(this.#backend, {
      schema: this.#schema,
      transactionTimeoutMs: STATEMENT_TIMEOUT_MS,
      steered: this.#clock !== undefined,
      clock: this.#clock ?? systemClock,
    });
    try {
      return await engine.migrate((this.#clock ?? systemClock).now());
    } catch (error) {
      throw toStorageError(error);
    }
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  async #read<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const connection = new PostgresConnection(this.#clock !== undefined);
    if (this.#clock !== undefined) connection.setNow(this.#clock.now());
    try {
      connection.use(await this.#backend.begin('read'));
      const { rows } = await sql<{ schema: string | null }>`select current_schema()::text as schema`.execute(
        connection.session.db,
      );
      if (rows[0]!.schema !== this.#schema) {
        throw new StorageError('STORAGE_FAILURE', `schema '${this.#schema}' must be there; the database has none`);
      }
      await refuseStrangersDatabase(connection.session.db);
      return await work(connection);
    } catch (error) {
      throw toStorageError(error);
    } finally {
      await connection.rollBack();
    }
  }
}
