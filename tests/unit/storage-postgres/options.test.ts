import { openPostgresStorage } from '@mlperf/storage-postgres';
import { describe, expect, it } from 'vitest';

const NOWHERE = 'postgres://u:secret@127.0.0.1:1/db';

describe('what opening refuses before it connects', () => {
  it.each([
    '',
    'a-b',
    'A',
    '1a',
    'a"; drop schema public; --',
    'pg_toast',
    'information_schema',
    'x'.repeat(64),
    'naïve',
  ])('a schema called %j', async (schema) => {
    await expect(openPostgresStorage(NOWHERE, { schema })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it.each([
    { lockTimeoutMs: 0 },
    { statementTimeoutMs: 1.5 },
    { transactionTimeoutMs: Number.NaN },
    { connectTimeoutMs: -1 },
    // Sums of them must stay within what a timer and the server can count.
    { lockTimeoutMs: 2 * 86_400_000 + 1 },
    { statementTimeoutMs: 3_600_001 },
    { transactionTimeoutMs: 86_400_001 },
    { connectTimeoutMs: 2 ** 31 - 1 },
    { poolSize: 0 },
    { poolSize: 101 },
  ])('%j', async (options) => {
    await expect(openPostgresStorage(NOWHERE, options)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('an address that is none, without repeating the password in it', async () => {
    for (const url of ['', 'trading.db', 'https://u:secret@host/db', 'postgres://u:secret@ho st:x/db']) {
      const error: unknown = await openPostgresStorage(url).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
      expect(String(error)).not.toContain('secret');
    }
  });

  it('what is neither an address nor a pool nor an embedded Postgres', async () => {
    for (const source of [{}, { pglite: 5 }, 7, null]) {
      const opening = Reflect.apply(openPostgresStorage, undefined, [source]) as Promise<unknown>;
      await expect(opening).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    }
  });

  it('a server that is not there is STORAGE_FAILURE, without the password', async () => {
    const error: unknown = await openPostgresStorage(NOWHERE, { connectTimeoutMs: 2_000 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(String(error)).toContain('cannot be reached');
    expect(String(error)).not.toContain('secret');
  });
});
