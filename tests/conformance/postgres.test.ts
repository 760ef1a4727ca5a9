import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { EmptySchemas } from '../fixtures/postgres-harness.ts';

const reason = whyNoServer();

describe('postgres on a server of its own', () => {
  let server: EmbeddedServer;
  let janitor: pg.Client;
  let schemas: EmptySchemas;

  beforeAll(async () => {
    if (reason !== undefined) return;
    server = await startPostgres();
    const { url } = server;
    janitor = new pg.Client({ connectionString: url });
    await janitor.connect();
    schemas = new EmptySchemas({
      url,
      open: (options) => openPostgresStorage(url, options),
      run: async (sql) => (await janitor.query(sql)).rows,
    });
  }, 60_000);

  afterAll(async () => {
    await janitor?.end();
    await server?.dispose();
  }, 60_000);

  const skip = reason === undefined ? {} : Object.fromEntries(storageChecks.map(({ name }) => [name, reason]));
  describeConformance(it, storageChecks, { open: () => schemas.open(), skip });
});
