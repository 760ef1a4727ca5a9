import { PGlite } from '@electric-sql/pglite';
import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { EmptySchemas } from '../fixtures/postgres-harness.ts';

describe('postgres embedded by PGlite', () => {
  let instance: PGlite;
  let schemas: EmptySchemas;

  beforeAll(async () => {
    instance = await PGlite.create();
    schemas = new EmptySchemas({
      open: (options) => openPostgresStorage(instance, options),
      run: async (sql) => (await instance.exec(sql)).at(-1)?.rows ?? [],
    });
  }, 60_000);

  afterAll(() => instance.close(), 60_000);

  describeConformance(it, storageChecks, {
    open: () => schemas.open(),
    skip: {
      sharing: 'an instance of PGlite runs one transaction at a time, and its directory is open once',
      processes: 'PGlite belongs to one process: two that open one directory lose writes without an error',
    },
  });
});
