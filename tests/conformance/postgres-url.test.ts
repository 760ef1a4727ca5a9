import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { EmptySchemas } from '../fixtures/postgres-harness.ts';

const url = process.env.MLPERF_TEST_POSTGRES_URL;

describe('postgres on a server that is there already', () => {
  let janitor: pg.Client;
  let schemas: EmptySchemas;

  if (url === undefined) {
    it('passes every check of the storage port', (context) => {
      context.skip('MLPERF_TEST_POSTGRES_URL is not set');
    });
    return;
  }

  beforeAll(async () => {
    janitor = new pg.Client({ connectionString: url });
    await janitor.connect();
    schemas = new EmptySchemas({
      url,
      open: (options) => openPostgresStorage(url, options),
      run: async (sql) => (await janitor.query(sql)).rows,
    });
  });

  afterAll(async () => {
    await schemas.close();
    await janitor.end();
  }, 60_000);

  describeConformance(it, storageChecks, { open: () => schemas.open() });
});
