import { chownSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PerformanceMonitor } from '@mlperf/core';
import { openPostgresMaintenance, openPostgresStorage, type PostgresStorageOptions } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { outcomeOf, predictionOf } from '../unit/core/monitor/monitor-fixture.ts';
import { everythingStored, writeLanes } from './storage/everything-stored.ts';
import { LANES } from './storage/lanes.ts';
import { mountSmallDisk } from './storage/small-disk.ts';
import { WriteThrough } from './storage/write-through.ts';

const reason = whyNoServer();

describe.skipIf(reason !== undefined)(`a Postgres server that cannot write (${reason ?? 'started here'})`, () => {
  let server: EmbeddedServer;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);

  // Also after a test that has failed.
  beforeEach(() => server.start(), 60_000);

  afterAll(() => server.dispose(), 60_000);

  async function open(url: string, options: PostgresStorageOptions = {}) {
    const schema = `fault${++schemas}`;
    const storage = await openPostgresStorage(url, { schema, ...options });
    onTestFinished(() => storage.close());
    return { schema, storage };
  }

  async function connect(): Promise<pg.Client> {
    const admin = new pg.Client({ connectionString: server.url });
    admin.on('error', () => undefined);
    await admin.connect();
    onTestFinished(() => admin.end());
    return admin;
  }

  async function problemsOf(url: string, schema: string): Promise<readonly unknown[]> {
    const maintenance = openPostgresMaintenance(url, { schema });
    try {
      return (await maintenance.verify()).problems;
    } finally {
      await maintenance.close();
    }
  }

  it('for want of room on its disk: writes fail as STORAGE_FAILURE, reads go on, and room mends it', async (context) => {
    const disk = mountSmallDisk(48);
    if ('reason' in disk) return context.skip(disk.reason);
    const admin = await connect();
    const tablespace = join(disk.directory, 'tables');
    mkdirSync(tablespace);
    const { uid, gid } = statSync(server.directory);
    chownSync(tablespace, uid, gid);
    await admin.query(`create tablespace small location '${tablespace}'`);
    await admin.query('create database small tablespace small');
    const url = server.url.replace(/\/postgres$/, '/small');
    const { schema, storage } = await open(url);
    const writers = new WriteThrough(storage);
    for (let round = 0; round < 3; round++) {
      await writers.more(60);
      disk.fill(0);
      await writers.moreFailures(20);
      expect((await storage.slots.list()).items.length).toBe(1);
      disk.free();
    }
    await writers.more(60);
    await writers.finish();
    expect(writers.failures.filter((message) => !message.startsWith("the server's disk is full"))).toEqual([]);
    expect(await problemsOf(url, schema)).toEqual([]);
    await storage.close();
    await admin.query('drop database small with (force)');
    await admin.query('drop tablespace small');
  });

  it('since it has become read-only for a while: the same', async () => {
    const admin = await connect();
    const { schema, storage } = await open(server.url);
    const writers = new WriteThrough(storage);
    for (let round = 0; round < 2; round++) {
      await writers.more(40);
      await admin.query('alter system set default_transaction_read_only = on');
      await admin.query('select pg_reload_conf()');
      await writers.moreFailures(20);
      expect((await storage.slots.list()).items.length).toBe(1);
      await admin.query('set default_transaction_read_only = off');
      await admin.query('alter system reset default_transaction_read_only');
      await admin.query('select pg_reload_conf()');
    }
    await writers.more(40);
    await writers.finish();
    expect(writers.failures.filter((message) => !message.startsWith('the database is read-only'))).toEqual([]);
    expect(await problemsOf(server.url, schema)).toEqual([]);
  });

  it('since a stranger holds its tables: statements run out of time, and a monitor waits and catches up', async () => {
    const admin = await connect();
    const { schema, storage } = await open(server.url, { statementTimeoutMs: 100 });
    const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1' });
    onTestFinished(() => monitor.close());
    const outages: string[] = [];
    monitor.on('storage-failed', ({ error }) => outages.push(error.message));
    const calls: Promise<void>[] = [];
    for (let outage = 1; outage <= 3; outage++) {
      await admin.query(`begin; lock table ${schema}.outcome_rollups in access exclusive mode`);
      while (outages.length < outage) {
        const i = calls.length;
        calls.push(monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 3 > 0)));
        await expect(storage.monitorStates.get('nobody')).resolves.toBeUndefined();
      }
      expect(monitor.detectDegradation().outcomesSeen).toBe(calls.length);
      await admin.query('commit');
      await Promise.all(calls);
    }
    expect(outages.filter((message) => !message.includes('the statement timeout'))).toEqual([]);
    const stored = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 100_000 });
    expect(stored.map(({ id }) => id)).toEqual(calls.map((_, i) => `p${i}`));
    expect(await problemsOf(server.url, schema)).toEqual([]);
  });

  it('with a table cut short on its disk: a typed error, never fewer rows, and all is there once it is mended', async () => {
    const admin = await connect();
    const { schema, storage } = await open(server.url);
    await writeLanes(storage, Object.fromEntries(LANES.map(({ name }) => [name, 60])));
    const expected = await everythingStored(storage);
    const { rows } = await admin.query(`select pg_relation_filepath('${schema}.training_experiments') as path`);
    await admin.query('checkpoint');
    await server.stop();
    const path = join(server.directory, rows[0].path);
    const whole = readFileSync(path);
    expect(whole.length).toBeGreaterThanOrEqual(8_192);
    // The page is there, and no page.
    writeFileSync(path, Buffer.concat([Buffer.alloc(8_192, 0x5a), whole.subarray(8_192)]));
    await server.start();
    await expect(storage.trials.list({}, { limit: 1_000 })).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    await expect(storage.trials.get('trial-0')).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    await server.stop();
    truncateSync(path, 0);
    writeFileSync(path, whole);
    await server.start();
    expect(await everythingStored(storage)).toEqual(expected);
    expect(await problemsOf(server.url, schema)).toEqual([]);
  });
});
