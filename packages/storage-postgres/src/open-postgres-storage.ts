import { type Clock, InvalidInputError, type PerformanceStorage, StorageError, systemClock } from '@mlperf/core';
import { ArtifactDirectory, ChannelStorage } from '@mlperf/storage-sql';
import { openPGlite } from './open-pglite.ts';
import { openPool } from './open-pool.ts';
import { PostgresEngine } from './postgres-engine.ts';
import { toStorageError } from './postgres-errors.ts';
import type { PGliteHandle, PostgresPool } from './postgres-handles.ts';
import type { PostgresBackend } from './postgres-transaction.ts';
import { requireSchemaName } from './schema-name.ts';

const DEFAULT_SCHEMA = 'mlperf';
const DEFAULT_STATEMENT_TIMEOUT_MS = 30_000;
const DEFAULT_TRANSACTION_TIMEOUT_MS = 30_000;
/** Until the server has ended a transaction whose host has vanished, and the next has its turn. */
const LOCK_MARGIN_MS = 10_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_POOL_SIZE = 5;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Where the tables are: on a server, by its URL or by a `Pool` of `pg`; or in an embedded Postgres, by a `PGlite`
 * that the host has opened or by the directory of one to open here.
 */
export type PostgresSource = string | PostgresPool | PGliteHandle | { readonly pglite: string };

export interface PostgresStorageOptions {
  /** Holds the tables, and is made if absent: 1 to 63 of `a-z`, `0-9` and `_`. Default `mlperf`. */
  readonly schema?: string;
  /** Times leases; default: the server's clock, the same for every process. */
  readonly clock?: Clock;
  /**
   * How long a write waits for another process's, milliseconds, up to two days; then it is a `STORAGE_FAILURE`. Default:
   * `transactionTimeoutMs` and 10,000, so that none gives up before the one it waits for must. All processes that open a
   * schema had better have the same limits.
   */
  readonly lockTimeoutMs?: number;
  /** How long one statement may take, milliseconds, up to an hour; then it is a `STORAGE_FAILURE`. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /**
   * How long a transaction may keep all other writers waiting before it is rolled back, milliseconds, up to a day.
   * Default 30,000.
   */
  readonly transactionTimeoutMs?: number;
  /** With a URL: how long a connection may take, milliseconds, up to an hour. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * With a URL: the most connections, 1 to 100; one of them writes. Default 5. Who waits for events of the outbox has one
   * more, which listens; of a host's pool it is one of the pool's, unless that has but one.
   */
  readonly poolSize?: number;
  /** False behind a pooler that moves transactions between connections without knowing prepared statements. Default true. */
  readonly preparedStatements?: boolean;
  /**
   * Keeps the bytes of artifacts as files here, made if absent, instead of in the database. Every process that opens the
   * schema names the same directory.
   */
  readonly artifactDirectory?: string;
}

/**
 * Opens a Postgres storage and brings its schema up to date. Several processes may open one schema of a server at once;
 * of an embedded Postgres one at a time may, whose directory is locked.
 *
 * A write has resolved when the server has committed it. Writers of one schema take turns, by a lock that every write
 * transaction holds: there are no deadlocks among them, and what they number is in the order of their commits. Reads
 * wait for nobody. A pool or a PGlite of the host's stays open when the storage closes.
 *
 * @throws {@link InvalidInputError} `INVALID_CONFIG` for a bad option. {@link StorageError} `SCHEMA_TOO_NEW` for a later
 * release's schema, `STORAGE_FAILURE` for a server that cannot be reached, a schema that something else has filled, or
 * a directory that is open already; then nothing is changed.
 * @example
 * const storage = await openPostgresStorage('postgres://trader@db.internal/trading');
 * await storage.predictions.append([prediction]); // committed by the server
 * await storage.close();
 */
export async function openPostgresStorage(
  source: PostgresSource,
  options: PostgresStorageOptions = {},
): Promise<PerformanceStorage> {
  const transactionTimeoutMs = requireInteger(
    options.transactionTimeoutMs ?? DEFAULT_TRANSACTION_TIMEOUT_MS,
    'transactionTimeoutMs',
    DAY_MS,
  );
  const settings = {
    schema: requireSchemaName(options.schema ?? DEFAULT_SCHEMA),
    lockTimeoutMs: requireInteger(
      options.lockTimeoutMs ?? transactionTimeoutMs + LOCK_MARGIN_MS,
      'lockTimeoutMs',
      2 * DAY_MS,
    ),
    statementTimeoutMs: requireInteger(
      options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS,
      'statementTimeoutMs',
      HOUR_MS,
    ),
    transactionTimeoutMs,
    connectTimeoutMs: requireInteger(
      options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      'connectTimeoutMs',
      HOUR_MS,
    ),
    poolSize: requireInteger(options.poolSize ?? DEFAULT_POOL_SIZE, 'poolSize', 100),
    preparedStatements: options.preparedStatements ?? true,
  };
  const { schema } = settings;
  const { artifactDirectory } = options;
  const directory = artifactDirectory === undefined ? undefined : await ArtifactDirectory.open(artifactDirectory);
  const backend = await openBackend(source, settings);
  const clock = options.clock ?? systemClock;
  const engine = new PostgresEngine(backend, {
    schema,
    transactionTimeoutMs,
    steered: options.clock !== undefined,
    clock,
  });
  try {
    await engine.migrate(clock.now());
  } catch (error) {
    await engine.close().catch(() => undefined);
    const failure = toStorageError(error);
    throw failure instanceof StorageError
      ? new StorageError(failure.code, `schema '${schema}' cannot be opened as storage: ${failure.message}`, {
          cause: failure.cause ?? failure,
        })
      : failure;
  }
  return new ChannelStorage('postgres', engine, clock, directory);
}

async function openBackend(source: PostgresSource, settings: Parameters<typeof openPool>[1]): Promise<PostgresBackend> {
  if (typeof source === 'string' || has(source, 'connect')) return openPool(source, settings);
  if (has(source, 'transaction') || (has(source, 'pglite') && typeof source.pglite === 'string')) {
    return openPGlite(has(source, 'transaction') ? source : source.pglite, settings.schema);
  }
  throw new InvalidInputError(
    'INVALID_TYPE',
    `source must be a URL, a Pool of pg, a PGlite or {pglite: directory}; got ${source === null ? 'null' : typeof source}`,
  );
}

function has<K extends string>(source: unknown, key: K): source is Extract<PostgresSource, Record<K, unknown>> {
  return typeof source === 'object' && source !== null && key in source;
}

function requireInteger(value: number, name: string, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new InvalidInputError('INVALID_CONFIG', `${name} must be a whole number from 1 to ${max}; got ${value}`);
  }
  return value;
}
