import {
  buildDriftReference,
  DataDriftMonitor,
  type DataDriftMonitorOptions,
  type DriftDetectedEvent,
  ManualClock,
  StorageError,
  saveDriftReference,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor as openPerformanceMonitor, predictionOf, settle } from '../monitor-fixture.ts';
import { makeRows, stableRow } from './feature-rows.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const reference = buildDriftReference(makeRows(400, 'reference', stableRow));
const drifted = makeRows(80, 'drifted', (random) => ({ ...stableRow(random), momentum: 4 }));

async function openMonitor(
  storage: DataDriftMonitorOptions['storage'],
  options: Partial<DataDriftMonitorOptions> = {},
) {
  const monitor = await DataDriftMonitor.open({
    storage,
    modelVersionId: 'v1',
    clock: new ManualClock(1_000),
    takeoverWaitMs: 0,
    ...options,
  });
  const events: DriftDetectedEvent[] = [];
  monitor.on('drift-detected', (event) => events.push(event));
  return { monitor, events };
}

async function storageWithReference() {
  const storage = await openMemoryStorage();
  await saveDriftReference(storage, { modelVersionId: 'v1', createdAt: 1 }, reference);
  return storage;
}

/** Storage whose writes of references can be made to fail, or to hang until released. */
async function failingStorage() {
  const inner = await storageWithReference();
  let held: PromiseWithResolvers<void> | undefined;
  const disk = {
    failing: false,
    writes: 0,
    hold() {
      held = Promise.withResolvers();
    },
    release() {
      held?.resolve();
      held = undefined;
    },
    async rows() {
      return (await inner.references.get('v1', 'features/stream'))?.reference.rows;
    },
  };
  const storage: DataDriftMonitorOptions['storage'] = {
    references: inner.references,
    leases: inner.leases,
    clock: inner.clock,
    transaction: async (fn, options) => {
      disk.writes++;
      await held?.promise;
      if (disk.failing) throw new StorageError('STORAGE_FAILURE', 'the disk is full');
      return await inner.transaction(fn, options);
    },
  };
  return { storage, disk };
}

/** Opens another one as after a kill, once the lease of the dead one has run out. */
async function reopen(storage: DataDriftMonitorOptions['storage'], options: Partial<DataDriftMonitorOptions> = {}) {
  const held = await storage.leases.get('data-drift:v1:features');
  if (held !== undefined) await storage.leases.release(held);
  return (await openMonitor(storage, options)).monitor;
}

describe('DataDriftMonitor', () => {
  it('reports a drift once, with its evidence, after it is stored', async () => {
    const storage = await storageWithReference();
    const { monitor, events } = await openMonitor(storage, { modelName: 'BTC-USD/1h/direction' });
    let storedRows: unknown;
    monitor.on('drift-detected', async () => {
      storedRows = (await storage.references.get('v1', 'features/stream'))?.reference.rows;
    });
    for (const [i, row] of drifted.entries()) await monitor.recordFeatures(row, 5_000 + i);
    expect(events).toHaveLength(1);
    const [event] = events;
    if (event?.detector !== 'stream') throw new Error('a stream event');
    expect(event).toMatchObject({
      modelVersionId: 'v1',
      modelName: 'BTC-USD/1h/direction',
      feature: 'momentum',
      durable: true,
      threshold: 2 * 3 * 10_000,
      at: 5_000 + event.verdict.rows - 1,
      verdict: { standing: 'drifted', driftedFeatures: ['momentum'] },
    });
    expect(event.statistic).toBeGreaterThanOrEqual(event.threshold);
    expect(storedRows).toBe(event.verdict.rows);
    expect(monitor.driftDetected).toBe(true);
    await monitor.close();
    await storage.close();
  });

  it('follows the predictions of a performance monitor by its events', async () => {
    const storage = await openMemoryStorage();
    const features = makeRows(300, 'training', (random) => ({ rsi: 50 + 10 * random.next() }));
    await saveDriftReference(storage, { modelVersionId: 'v1', createdAt: 1 }, buildDriftReference(features));
    const { monitor: drift, events } = await openMonitor(storage);
    const monitor = await openPerformanceMonitor({ storage });
    monitor.on('prediction-recorded', ({ prediction, at }) => drift.recordFeatures(prediction.features ?? {}, at));
    for (let i = 0; i < 30; i++) await monitor.recordPrediction(predictionOf(i, { features: { rsi: 75 } }));
    await settle();
    expect(drift.rows).toBe(30);
    expect(events).toMatchObject([{ feature: 'rsi', modelVersionId: 'v1', verdict: { drifted: true } }]);
    await monitor.close();
    await drift.close();
    await storage.close();
  });

  it('goes on after a restart as if it had never stopped', async () => {
    const rows = [...makeRows(130, 'stable', stableRow), ...drifted];
    const verdicts: unknown[] = [];
    for (const restarts of [[], [1, 50, 131, 140]]) {
      const storage = await storageWithReference();
      let { monitor, events } = await openMonitor(storage);
      const all: DriftDetectedEvent[] = [];
      for (const [i, row] of rows.entries()) {
        if (restarts.includes(i)) {
          await monitor.close();
          all.push(...events);
          ({ monitor, events } = await openMonitor(storage));
          expect(monitor.rows).toBe(i);
        }
        await monitor.recordFeatures(row, i);
      }
      verdicts.push({ verdict: monitor.verdict(), events: [...all, ...events] });
      await monitor.close();
    }
    expect(verdicts[1]).toEqual(verdicts[0]);
  });

  it('loses at most the rows since the last save when the process dies', async () => {
    const storage = await storageWithReference();
    const { monitor } = await openMonitor(storage, { saveEvery: 10 });
    for (const row of makeRows(25, 'lost', stableRow)) await monitor.recordFeatures(row);
    expect((await reopen(storage)).rows).toBe(20);
    await expect(monitor.flush()).rejects.toThrow(code('FENCED'));
  });

  it('starts anew for another reference or budget', async () => {
    const storage = await storageWithReference();
    const { monitor } = await openMonitor(storage);
    await monitor.recordFeatures(stableRowOnce());
    await monitor.close();
    expect((await reopen(storage, { falseAlarmEvery: 500 })).rows).toBe(0);
    await saveDriftReference(storage, { modelVersionId: 'v1', createdAt: 2 }, buildDriftReference(drifted));
    expect((await reopen(storage)).rows).toBe(0);
  });

  it('judges a set of rows and reports what it finds', async () => {
    const { monitor, events } = await openMonitor(await storageWithReference(), { rule: { minRows: 60 } });
    expect(monitor.check(makeRows(200, 'fine', stableRow)).drifted).toBe(false);
    expect(events).toEqual([]);
    const verdict = monitor.check(drifted);
    expect(events).toEqual([
      {
        at: 1_000,
        modelVersionId: 'v1',
        detector: 'batch',
        feature: 'momentum',
        statistic: verdict.features[0]?.effect,
        threshold: 0.1,
        verdict,
      },
    ]);
    expect(verdict.rule.minRows).toBe(60);
    expect(monitor.rows).toBe(0);
  });

  it('keeps an acknowledgement over a restart', async () => {
    const storage = await storageWithReference();
    const { monitor } = await openMonitor(storage);
    for (const row of drifted) await monitor.recordFeatures(row);
    expect(monitor.driftDetected).toBe(true);
    await monitor.acknowledge();
    expect((await reopen(storage)).driftDetected).toBe(false);
  });

  it('says so when storage fails, keeps the row and saves it with the next', async () => {
    const { storage, disk } = await failingStorage();
    const { monitor, events } = await openMonitor(storage, { saveEvery: 1 });
    disk.failing = true;
    await expect(monitor.recordFeatures(drifted[0]!)).rejects.toThrow(code('STORAGE_FAILURE'));
    for (const row of drifted.slice(1)) await monitor.recordFeatures(row).catch(() => undefined);
    expect(monitor.rows).toBe(80);
    expect(events).toMatchObject([{ durable: false, feature: 'momentum' }]);
    disk.failing = false;
    await monitor.close();
    expect((await openMonitor(storage)).monitor.rows).toBe(80);
  });

  it('flushes only once every row is stored, a write that failed meanwhile included', async () => {
    const { storage, disk } = await failingStorage();
    const { monitor } = await openMonitor(storage, { saveEvery: 1 });
    disk.hold();
    const recorded = monitor.recordFeatures(stableRowOnce()).catch((error: unknown) => error);
    await settle();
    const flushed = monitor.flush().catch((error: unknown) => error);
    disk.failing = true;
    disk.release();
    expect(await recorded).toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(await flushed).toMatchObject({ code: 'STORAGE_FAILURE' });
    await expect(monitor.flush()).rejects.toThrow(code('STORAGE_FAILURE'));
    disk.failing = false;
    await monitor.flush();
    expect(await disk.rows()).toBe(1);
    await monitor.close();
  });

  it('can be closed again after a close that could not store', async () => {
    const { storage, disk } = await failingStorage();
    const { monitor } = await openMonitor(storage);
    for (const row of makeRows(7, 'seven', stableRow)) await monitor.recordFeatures(row);
    disk.failing = true;
    await expect(monitor.close()).rejects.toThrow(code('STORAGE_FAILURE'));
    await expect(monitor.close()).rejects.toThrow(code('STORAGE_FAILURE'));
    await expect(monitor.recordFeatures(stableRowOnce())).rejects.toThrow(code('CLOSED'));
    disk.failing = false;
    await Promise.all([monitor.close(), monitor.close()]);
    await monitor.close();
    expect(await disk.rows()).toBe(7);
  });

  it('has one write under way and one waiting behind a store that hangs, whatever comes in', async () => {
    const { storage, disk } = await failingStorage();
    const { monitor } = await openMonitor(storage, { saveEvery: 1 });
    disk.hold();
    const rows = makeRows(200, 'many', stableRow);
    const first = monitor.recordFeatures(rows[0]!);
    await settle();
    const others = rows.slice(1).map((row) => monitor.recordFeatures(row));
    expect(monitor.rows).toBe(200);
    await settle();
    expect(disk.writes).toBe(1);
    disk.release();
    await Promise.all([first, ...others]);
    expect(disk.writes).toBe(2);
    expect(await disk.rows()).toBe(200);
    await monitor.close();
    expect(disk.writes).toBe(2);
  });

  it('harms nobody when a listener throws or rejects', async () => {
    const errors: unknown[] = [];
    const storage = await storageWithReference();
    const { monitor, events } = await openMonitor(storage, { onListenerError: (error) => errors.push(error) });
    monitor.on('drift-detected', () => {
      throw new Error('thrown');
    });
    monitor.on('drift-detected', async () => {
      throw new Error('rejected');
    });
    const stop = monitor.on('drift-detected', () => expect.unreachable());
    stop();
    for (const row of drifted) await monitor.recordFeatures(row);
    expect(events).toHaveLength(1);
    expect(errors).toHaveLength(2);
  });

  it('takes clocks that run backwards: rows count in the order of the calls', async () => {
    const { monitor } = await openMonitor(await storageWithReference());
    await monitor.recordFeatures(stableRowOnce(), 10);
    await monitor.recordFeatures(stableRowOnce(), 5);
    expect(monitor.rows).toBe(2);
    await expect(monitor.recordFeatures(stableRowOnce(), Number.NaN)).rejects.toThrow(code('NOT_FINITE'));
    await expect(monitor.recordFeatures({ volume: 1 })).rejects.toThrow(code('LENGTH_MISMATCH'));
    expect(monitor.rows).toBe(2);
  });

  it('refuses to open without a reference, with a broken state or bad options, and to work once closed', async () => {
    const storage = await openMemoryStorage();
    await expect(openMonitor(storage)).rejects.toThrow(
      "model version 'v1' must have a drift reference 'features'; got none",
    );
    const ready = await storageWithReference();
    await expect(openMonitor(ready, { saveEvery: 0 })).rejects.toThrow(code('OUT_OF_RANGE'));
    await expect(openMonitor(ready, { rule: { significance: 2 } })).rejects.toThrow(code('OUT_OF_RANGE'));
    const { monitor } = await openMonitor(ready);
    await monitor.close();
    await monitor.close();
    await expect(monitor.recordFeatures({})).rejects.toThrow(code('CLOSED'));
    expect(() => monitor.check(drifted)).toThrow(code('CLOSED'));
    await ready.references.put({ modelVersionId: 'v1', name: 'features/stream', reference: { rows: 3 }, createdAt: 1 });
    await expect(openMonitor(ready)).rejects.toThrow(code('INVALID_RECORD'));
  });
});

function stableRowOnce() {
  return makeRows(1, 'once', stableRow)[0]!;
}
