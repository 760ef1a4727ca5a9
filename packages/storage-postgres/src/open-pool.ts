import { InvalidInputError } from '@mlperf/core';
import pg from 'pg';
import type { ListeningConnection } from './outbox-listener.ts';
import { PoolBackend, type PoolBackendOptions } from './pool-backend.ts';
import type { PostgresPool } from './postgres-handles.ts';

export interface PoolSettings extends Omit<PoolBackendOptions, 'end' | 'connectListener'> {
  readonly connectTimeoutMs: number;
  readonly poolSize: number;
}

/** Transactions on the server of that URL, or of the host's pool. Nothing is connected yet. */
export function openPool(urlOrPool: string | PostgresPool, settings: PoolSettings): PoolBackend {
  if (typeof urlOrPool !== 'string') {
    return new PoolBackend(urlOrPool, { ...settings, end: undefined, connectListener: undefined });
  }
  const connection = {
    connectionString: requireUrl(urlOrPool),
    connectionTimeoutMillis: settings.connectTimeoutMs,
    application_name: 'mlperf',
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...connection, max: settings.poolSize, allowExitOnIdle: true });
  return new PoolBackend(pool, {
    ...settings,
    end: () => pool.end(),
    connectListener: () => connectListener({ ...connection, application_name: 'mlperf listener' }),
  });
}

async function connectListener(config: pg.ClientConfig): Promise<ListeningConnection> {
  const client = new pg.Client(config);
  // Without a listener, a connection that breaks ends the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return { client, close: () => client.end() };
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
