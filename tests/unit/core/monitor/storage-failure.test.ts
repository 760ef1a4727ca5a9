import { InvalidInputError, ManualClock, type MonitorEvents } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { type Faults, openMonitor, outcomeOf, predictionOf, settle, withFaults } from './monitor-fixture.ts';

const EAGER = { rule: 'rolling', windowSize: 2, minPredictions: 1 } as const;

function faultyStorage() {
  const clock = new ManualClock(0);
  const faults: Faults = { beforeCommit: 0, afterCommit: 0 };
  const memory = openMemoryStorage({ clock });
  return { clock, faults, memory, storage: withFaults(memory, faults) };
}

async function advance(clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) {
    clock.advance(Math.min(50, left));
    await settle();
  }
}

describe('a storage that fails', () => {
  it('is tried again, more and more slowly, while memory goes on; then everything is stored', async () => {
    const { clock, faults, memory, storage } = faultyStorage();
    const monitor = await openMonitor({ storage });
    const failures: MonitorEvents['storage-failed'][] = [];
    monitor.on('storage-failed', (event) => {
      failures.push(event);
    });
    faults.beforeCommit = 4;
    const tracked = [1, 2, 3].map((i) => monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i !== 3)));
    await settle();
    tracked.push(monitor.trackPredictionOutcome(predictionOf(4), outcomeOf(4, false)));
    expect(monitor.rollingAccuracy).toBe(2 / 4);
    await advance(clock, 50 + 100 + 200);
    expect(faults.beforeCommit).toBe(0);
    expect((await memory.predictions.list({})).items).toEqual([]);
    await advance(clock, 400);
    await Promise.all(tracked);
    expect(failures).toMatchObject([{ fatal: false, waiting: 3, error: { code: 'STORAGE_FAILURE' } }]);
    expect((await memory.predictions.list({})).items).toHaveLength(4);
    expect(monitor.rollingAccuracy).toBe(2 / 4);
    await monitor.close();
  });

  it('that fails after it committed counts nothing twice, and every event still comes once', async () => {
    const { clock, faults, memory, storage } = faultyStorage();
    const monitor = await openMonitor({ storage, config: EAGER });
    const events: string[] = [];
    for (const name of ['prediction-recorded', 'outcome-tracked', 'model-degraded'] as const) {
      monitor.on(name, () => {
        events.push(name);
      });
    }
    faults.afterCommit = 1;
    const tracked = monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, false));
    await advance(clock, 100);
    await tracked;
    await monitor.trackPredictionOutcome(predictionOf(2), outcomeOf(2, false));
    expect(monitor.detectDegradation()).toMatchObject({
      degraded: true,
      outcomesSeen: 2,
      labelCoverage: { predictions: 2, resolved: 2 },
    });
    expect(events).toEqual([
      'prediction-recorded',
      'outcome-tracked',
      'model-degraded',
      'prediction-recorded',
      'outcome-tracked',
    ]);
    const rollups = await memory.rollups.range({ modelVersionId: 'v1', role: 'live', from: 0, to: Number.MAX_VALUE });
    expect(rollups.reduce((sum, { outcomes }) => sum + outcomes.count, 0)).toBe(2);
    await monitor.close();
  });

  it('does not keep an alarm back longer than a second, and does not repeat it', async () => {
    const { clock, faults, storage } = faultyStorage();
    const monitor = await openMonitor({ storage, config: EAGER });
    const alarms: MonitorEvents['model-degraded'][] = [];
    monitor.on('model-degraded', (event) => {
      alarms.push(event);
    });
    faults.beforeCommit = 6;
    const tracked = monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, false));
    await advance(clock, 950);
    expect(alarms).toEqual([]);
    await advance(clock, 50);
    expect(alarms).toMatchObject([
      { durable: false, current: true, modelVersionId: 'v1', verdict: { degraded: true } },
    ]);
    await advance(clock, 5_000);
    await tracked;
    expect(alarms).toHaveLength(1);
    await monitor.close();
  });

  it('refuses calls beyond the bound of the queue without a trace', async () => {
    const { clock, faults, memory, storage } = faultyStorage();
    const monitor = await openMonitor({ storage, config: { maxQueuedOperations: 2 } });
    faults.beforeCommit = 1;
    const accepted = [1, 2].map((i) => monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, true)));
    await expect(monitor.trackPredictionOutcome(predictionOf(3), outcomeOf(3, false))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(monitor.calculateRollingMetrics()).toMatchObject({ outcomes: 2, correct: 2 });
    await advance(clock, 100);
    await Promise.all(accepted);
    expect((await memory.predictions.get(['p3']))[0]).toBeUndefined();
    await monitor.trackPredictionOutcome(predictionOf(3), outcomeOf(3, false));
    await monitor.close();
  });

  it('that stays away makes close fail, and what was not stored is rejected', async () => {
    const { faults, storage } = faultyStorage();
    const monitor = await openMonitor({ storage });
    faults.beforeCommit = Number.POSITIVE_INFINITY;
    const tracked = monitor
      .trackPredictionOutcome(predictionOf(1), outcomeOf(1, true))
      .catch((error: unknown) => error);
    await expect(monitor.close()).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(await tracked).toMatchObject({ code: 'STORAGE_FAILURE' });
  });

  it('that refuses one call rejects that call alone', async () => {
    const { memory, storage } = faultyStorage();
    const monitor = await openMonitor({
      storage: {
        ...storage,
        transaction: (fn, options) =>
          memory.transaction((tx) => {
            const record: typeof tx.predictions.record = async (request) => {
              if (request.predictions.some(({ id }) => id === 'p2')) {
                throw new InvalidInputError('INVALID_RECORD', 'no second one here');
              }
              return await tx.predictions.record(request);
            };
            return fn({ ...tx, predictions: { ...tx.predictions, record } });
          }, options),
      },
    });
    const results = await Promise.allSettled(
      [1, 2, 3].map((i) => monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i !== 3))),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(monitor.detectDegradation()).toMatchObject({ outcomesSeen: 2, accuracy: 1 / 2 });
    await monitor.close();
  });
});
