import {
  keyedRandom,
  ManualClock,
  type MonitorEvents,
  type PerformanceMonitor,
  type PerformanceStorage,
  type RandomSource,
  StorageError,
  type StorageStores,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf, settle } from './monitor-fixture.ts';

const CONFIG = { windowSize: 5, minPredictions: 1, rule: 'rolling', maxQueuedOperations: 40 } as const;
const OUTCOMES = 60;

/** Where a transaction goes wrong, if it does. */
type Fault = 'before' | 'recording' | 'window' | 'state' | 'after' | undefined;

const away = () => new StorageError('STORAGE_FAILURE', 'the disk is away');

/** A storage each of whose transactions fails in one of the places where one can, as `next` says. */
function unreliable(memory: PerformanceStorage, next: () => Fault): PerformanceStorage {
  return {
    ...memory,
    transaction: async (fn, options) => {
      const fault = next();
      if (fault === 'before') throw away();
      const result = await memory.transaction((tx) => fn(failing(tx, fault)), options);
      if (fault === 'after') throw away();
      return result;
    },
  };
}

function failing(tx: StorageStores, fault: Fault): StorageStores {
  const refuse = async () => {
    throw away();
  };
  switch (fault) {
    case 'recording':
      return { ...tx, predictions: { ...tx.predictions, record: refuse } };
    case 'window':
      return { ...tx, windows: { ...tx.windows, save: refuse } };
    case 'state':
      return { ...tx, monitorStates: { ...tx.monitorStates, put: refuse } };
    default:
      return tx;
  }
}

function faultsOf(random: RandomSource): () => Fault {
  const faults: readonly Fault[] = ['before', 'recording', 'window', 'state', 'after', undefined, undefined, undefined];
  return () => faults[Math.floor(random.next() * faults.length)];
}

/** Everything that happened, as a host writes it down. Alarms apart: an outage brings them forward. */
function listen(monitor: PerformanceMonitor): { readonly heard: string[]; readonly alarms: string[] } {
  const heard: string[] = [];
  const alarms: string[] = [];
  const note = <Name extends keyof MonitorEvents>(name: Name, what: (event: MonitorEvents[Name]) => unknown) =>
    monitor.on(name, (event) => {
      const list = name === 'model-degraded' || name === 'model-recovered' ? alarms : heard;
      list.push(`${name} ${JSON.stringify(what(event))}`);
    });
  note('prediction-recorded', ({ prediction }) => prediction.id);
  note('outcome-tracked', ({ predictionId, status, rollingAccuracy }) => [predictionId, status, rollingAccuracy]);
  note('window-completed', ({ window }) => [window.lastSequence, window.accuracy]);
  note('model-degraded', ({ verdict }) => verdict.outcomesSeen);
  note('model-recovered', ({ verdict }) => verdict.outcomesSeen);
  return { heard, alarms };
}

/** The day of a host: predictions, outcomes in two forms, one said twice, and one corrected. */
function* calls(monitor: PerformanceMonitor): Generator<Promise<void>> {
  for (let i = 1; i <= OUTCOMES; i++) {
    const hit = Math.floor(i / 10) % 2 === 0;
    if (i % 3 === 0) yield monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, hit));
    else {
      yield monitor.recordPrediction(predictionOf(i));
      yield monitor.recordOutcome(`p${i}`, outcomeOf(i, hit));
    }
    if (i % 7 === 0) yield monitor.recordOutcome(`p${i}`, outcomeOf(i, hit));
    if (i % 11 === 0) yield monitor.recordOutcome(`p${i}`, outcomeOf(i, !hit), { correct: true });
  }
}

async function stateOf(storage: PerformanceStorage, monitor: PerformanceMonitor) {
  const rows = await storage.predictions.outcomesAfter({ modelVersionId: 'v1', role: 'live', limit: 1_000 });
  return {
    figures: monitor.calculateRollingMetrics(),
    verdict: monitor.detectDegradation(),
    outcomes: rows.map(({ id, outcome: { sequence, direction, correct } }) => ({ id, sequence, direction, correct })),
    rollups: await storage.rollups.range({ modelVersionId: 'v1', role: 'live', from: 0, to: Number.MAX_SAFE_INTEGER }),
    windows: await storage.windows.recent({ modelVersionId: 'v1', limit: 100 }),
    reported: (await storage.outbox.read({ consumer: 'test', after: 0, limit: 100 })).map(({ type }) => type),
  };
}

describe('a storage that fails and recovers', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'ends where one that never failed does, with every event once (%i)',
    async (seed) => {
      const random = keyedRandom('outages', seed);
      const healthy = openMemoryStorage();
      const reference = await openMonitor({ storage: healthy, config: CONFIG });
      const expectedEvents = listen(reference);
      for (const call of calls(reference)) await call;
      const expected = await stateOf(healthy, reference);

      const clock = new ManualClock(0);
      const memory = openMemoryStorage({ clock });
      const storage = unreliable(memory, faultsOf(random));
      const monitor = await openMonitor({ storage, config: CONFIG });
      const events = listen(monitor);
      const outages: MonitorEvents['storage-failed'][] = [];
      monitor.on('storage-failed', (event) => {
        outages.push(event);
      });
      const pending: Promise<void>[] = [];
      for (const call of calls(monitor)) {
        pending.push(call);
        // Some calls follow at once, some when the store has been at work for a while.
        if (random.next() < 0.3) await settle();
        if (pending.length % 30 === 0) await catchUp(clock, pending);
      }
      await catchUp(clock, pending);

      expect(outages.length).toBeGreaterThan(0);
      expect(outages.every(({ fatal, waiting }) => !fatal && waiting <= CONFIG.maxQueuedOperations)).toBe(true);
      expect(await stateOf(memory, monitor)).toEqual(expected);
      expect(events).toEqual(expectedEvents);
      const restored = await reopened(monitor, memory);
      expect(restored.calculateRollingMetrics()).toEqual(expected.figures);
      expect(restored.detectDegradation()).toEqual(expected.verdict);
      await Promise.all([restored.close(), reference.close()]);
    },
  );
});

/** Lets time pass until every call is durable. */
async function catchUp(clock: ManualClock, pending: readonly Promise<void>[]): Promise<void> {
  let done = false;
  const all = Promise.all(pending).then(() => {
    done = true;
  });
  while (!done) {
    clock.advance(5_000);
    await settle();
  }
  await all;
}

/** Another monitor after the first, whose close may meet failures too. */
async function reopened(monitor: PerformanceMonitor, memory: PerformanceStorage): Promise<PerformanceMonitor> {
  await monitor.close();
  return await openMonitor({ storage: memory, config: CONFIG });
}
