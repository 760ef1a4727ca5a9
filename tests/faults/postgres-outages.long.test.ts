import { OutcomeAggregate, PerformanceMonitor, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openPostgresMaintenance, openPostgresStorage, type PostgresStorageOptions } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../fixtures/embedded-postgres.ts';
import { outcomeOf, predictionOf } from '../unit/core/monitor/monitor-fixture.ts';
import { CuttingProxy } from './storage/cutting-proxy.ts';
import { WriteThrough } from './storage/write-through.ts';

const reason = whyNoServer();
const QUEUE = 300;
const CONFIG = { windowSize: 20, maxQueuedOperations: QUEUE } as const;

describe.skipIf(reason !== undefined)(`a Postgres server under load (${reason ?? 'started here'})`, () => {
  let server: EmbeddedServer;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres({ fsync: true });
  }, 60_000);

  // Also after a test that has failed.
  beforeEach(() => server.start(), 60_000);

  afterAll(() => server.dispose(), 60_000);

  async function open(url: string, options: PostgresStorageOptions = {}) {
    const schema = `outage${++schemas}`;
    const storage = await openPostgresStorage(url, { schema, connectTimeoutMs: 2_000, ...options });
    onTestFinished(() => storage.close());
    return { schema, storage };
  }

  async function problemsOf(schema: string): Promise<readonly unknown[]> {
    const maintenance = openPostgresMaintenance(server.url, { schema });
    try {
      return (await maintenance.verify()).problems;
    } finally {
      await maintenance.close();
    }
  }

  it('that is stopped, killed and started again: writes fail with STORAGE_FAILURE, and repeated are stored once', async () => {
    const { schema, storage } = await open(server.url);
    const writers = new WriteThrough(storage);
    for (const end of ['stop', 'crash', 'crash', 'stop', 'crash'] as const) {
      await writers.more(60);
      await Promise.all([server[end](), writers.moreFailures(20)]);
      await server.start();
    }
    await writers.more(60);
    await writers.finish();
    expect(await problemsOf(schema)).toEqual([]);
  });

  it('whose connections are terminated or cut at any moment: the same', async () => {
    const proxy = await CuttingProxy.open(server.url);
    onTestFinished(() => proxy.close());
    const { schema, storage } = await open(proxy.url);
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    onTestFinished(() => admin.end());
    const writers = new WriteThrough(storage);
    for (let i = 0; i < 60; i++) {
      await writers.more(1 + ((i * 7) % 23));
      if (i % 2 === 0) proxy.cut();
      else
        await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mlperf'");
    }
    await writers.more(20);
    await writers.finish();
    // Cuts between two transactions cost no call; the others must be seen.
    expect(writers.failures.length).toBeGreaterThan(20);
    expect(await problemsOf(schema)).toEqual([]);
  });

  it('cut before the first statement, before the commit, and before its answer: what is said is what is stored', async () => {
    const proxy = await CuttingProxy.open(server.url);
    onTestFinished(() => proxy.close());
    const { storage } = await open(proxy.url);
    const event = (type: string) => [{ modelName: 'm', type, payload: {}, at: 0 }];
    const types = async () => (await storage.outbox.read({ consumer: 'c', limit: 10 })).map(({ type }) => type);
    await storage.outbox.append(event('first'));

    // A transaction that has not begun is begun again on another connection.
    const begun = proxy.cutRequest('begin isolation');
    await storage.outbox.append(event('begun again'));
    await begun;

    const cut = proxy.cutRequest('commit\u0000');
    await expect(storage.outbox.append(event('lost'))).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    await cut;
    expect(await types()).toEqual(['first', 'begun again']);

    const answered = proxy.cutAnswer('COMMIT');
    await expect(storage.outbox.append(event('unknown'))).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
      message: expect.stringContaining('whether the write is stored is not known'),
    });
    await answered;
    expect(await types()).toEqual(['first', 'begun again', 'unknown']);
  });

  it('cut under a transaction that goes on all the same: nothing of it is stored, before or after', async () => {
    const proxy = await CuttingProxy.open(server.url);
    onTestFinished(() => proxy.close());
    const { storage } = await open(proxy.url);
    const state = (modelVersionId: string) => ({ modelVersionId, sequence: 1, state: {}, updatedAt: 0 });
    const refused: string[] = [];
    const stubborn = storage.transaction(async ({ monitorStates }) => {
      await monitorStates.put(state('before'));
      proxy.cut();
      for (const id of ['after', 'later']) await monitorStates.put(state(id)).catch(({ code }) => refused.push(code));
    });
    await expect(stubborn).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(refused).toEqual(['STORAGE_FAILURE', 'STORAGE_FAILURE']);
    for (const id of ['before', 'after', 'later']) expect(await storage.monitorStates.get(id)).toBeUndefined();
    await storage.monitorStates.put(state('after'));
  });

  it('that falls silent: a call fails when its time is over, and the next goes through once it speaks again', async () => {
    const proxy = await CuttingProxy.open(server.url);
    onTestFinished(() => proxy.close());
    const { storage } = await open(proxy.url, { statementTimeoutMs: 200, lockTimeoutMs: 200 });
    const state = (sequence: number) => ({ modelVersionId: 'v', sequence, state: {}, updatedAt: 0 });
    await storage.monitorStates.put(state(1));
    proxy.swallowed = 'begin isolation';
    const before = proxy.accepted;
    const results = await Promise.allSettled([
      storage.monitorStates.get('v'),
      storage.transaction((tx) => tx.monitorStates.put(state(2))),
    ]);
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'STORAGE_FAILURE',
      'STORAGE_FAILURE',
    ]);
    // To ask on another connection would take as long again.
    expect(proxy.accepted - before).toBeLessThanOrEqual(2);
    proxy.swallowed = undefined;
    expect((await storage.monitorStates.get('v'))?.sequence).toBe(1);
    await storage.monitorStates.put(state(3));
    expect((await storage.monitorStates.get('v'))?.sequence).toBe(3);
  }, 60_000);

  it.each(['copy "prediction_keys"', '1777 rows of it'])(
    'that falls silent in the middle of a bulk insert, at %s: the call fails when its time is over, and the next goes through',
    async (text) => {
      const proxy = await CuttingProxy.open(server.url);
      onTestFinished(() => proxy.close());
      const { storage } = await open(proxy.url, { statementTimeoutMs: 200, lockTimeoutMs: 200 });
      const bulk = Array.from({ length: 2_000 }, (_, i) => ({
        ...predictionOf(i),
        decisionId: `p${i}`,
        role: 'live' as const,
        symbol: i === 1_777 ? '1777 rows of it' : 'S',
        recordedAt: 0,
      }));
      proxy.swallowed = text;
      await expect(storage.predictions.append(bulk)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
      proxy.swallowed = undefined;
      expect((await storage.predictions.get([bulk[0]!.id]))[0]).toBeUndefined();
      expect(await storage.predictions.append(bulk.slice(0, 1_000))).not.toContain(false);
    },
    60_000,
  );

  it.each(['stop', 'crash'] as const)(
    'and a monitor on it, which goes on in memory through a %s, refuses what is too much, and catches up',
    async (end) => {
      const { schema, storage } = await open(server.url);
      const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1', config: CONFIG });
      onTestFinished(() => monitor.close());
      const heard: string[] = [];
      const outages: { readonly code: string; readonly fatal: boolean }[] = [];
      monitor.on('outcome-tracked', ({ predictionId }) => heard.push(predictionId));
      const failed = Promise.withResolvers<void>();
      monitor.on('storage-failed', ({ error, fatal }) => {
        outages.push({ code: error.code, fatal });
        failed.resolve();
      });
      const calls: Promise<void>[] = [];
      const track = () => {
        const i = calls.length;
        calls.push(monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 3 > 0)));
      };
      const seen = () => monitor.detectDegradation().outcomesSeen;

      for (let i = 0; i < 100; i++) track();
      await calls[0];
      const ending = server[end]();
      for (let i = 0; i < 50; i++) track();
      await ending;
      // If all was stored before the end, the next is what meets it.
      track();
      await failed.promise;
      while (seen() === calls.length) track();
      // The last one was too much: it has left no trace, and nothing that waits is lost for it.
      await expect(calls.pop()).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect(calls.length).toBeGreaterThanOrEqual(QUEUE);
      const figures = monitor.calculateRollingMetrics();
      await expect(monitor.recordPrediction(predictionOf(9_999))).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect([seen(), monitor.calculateRollingMetrics()]).toEqual([calls.length, figures]);

      await server.start();
      await Promise.all(calls);
      for (let i = 0; i < 20; i++) track();
      await Promise.all(calls);
      const ids = calls.map((_, i) => `p${i}`);
      expect(heard).toEqual(ids);
      expect(outages).toEqual([{ code: 'STORAGE_FAILURE', fatal: false }]);

      const untouched = openMemoryStorage();
      const reference = await PerformanceMonitor.open({ storage: untouched, modelVersionId: 'v1', config: CONFIG });
      for (let i = 0; i < ids.length; i++) {
        await reference.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 3 > 0));
      }
      expect(monitor.calculateRollingMetrics()).toEqual(reference.calculateRollingMetrics());
      expect(monitor.detectDegradation()).toEqual(reference.detectDegradation());
      expect(await liveOutcomes(storage)).toEqual(await liveOutcomes(untouched));
      await reference.close();
      expect(await problemsOf(schema)).toEqual([]);
    },
  );
});

async function liveOutcomes(storage: PerformanceStorage) {
  const rows = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 10_000 });
  const rollups = await storage.rollups.range({ modelVersionId: 'v1', role: 'live', from: 0, to: 2e12 });
  const total = new OutcomeAggregate();
  for (const { outcomes } of rollups) total.merge(outcomes);
  const windows = await storage.windows.recent({ modelVersionId: 'v1', limit: 1_000 });
  return {
    rows: rows.map(({ id, outcome }) => [id, outcome.sequence, outcome.correct]),
    counted: [total.count, total.correct],
    windows: windows.map(({ lastSequence, accuracy }) => [lastSequence, accuracy]),
  };
}
