import { InvalidInputError } from '@mlperf/core';
import pg from 'pg';
import { PoolBackend, type PoolBackendOptions } from './pool-backend.ts';
import type { PostgresPool } from './postgres-handles.ts';

export interface PoolSettings extends Omit<PoolBackendOptions, 'end'> {
  readonly connectTimeoutMs: number;
  readonly poolSize: number;
}

/** Transactions on the server of that URL, or of the host's pool. Nothing is connected yet. */
export function openPool(urlOrPool: string | PostgresPool, settings: PoolSettings): PoolBackend {
  if (typeof urlOrPool !== 'string') return new PoolBackend(urlOrPool, { ...settings, end: undefined });
  const pool = new pg.Pool({
    connectionString: requireUrl(urlOrPool),
    max: settings.poolSize,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    application_name: 'mlperf',
    keepAlive: true,
    allowExitOnIdle: true,
  });
  return new PoolBackend(pool, { ...settings, end: () => pool.end() });
}

/** The message never repeats the URL: there is a password in it. */
function requireUrl(url: string): string {
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      'the URL must be postgres://user:password@host:port/database; got something else',
    );
  }
  return url;
}
