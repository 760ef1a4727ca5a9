import { describeConformance, storageChecks } from '@mlperf/storage-conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { SchemaPerCheck } from '../fixtures/postgres-harness.ts';

const reason = whyNoServer();

describe('postgres on a server of its own', () => {
  let server: EmbeddedServer;
  let checks: SchemaPerCheck;

  beforeAll(async () => {
    if (reason !== undefined) return;
    server = await startPostgres();
    checks = new SchemaPerCheck(server.url);
  }, 60_000);

  afterAll(async () => {
    await checks?.close();
    await server?.dispose();
  }, 60_000);

  const skip = reason === undefined ? {} : Object.fromEntries(storageChecks.map(({ name }) => [name, reason]));
  describeConformance(it, storageChecks, { open: () => checks.open(), skip });
});
