import { ManualClock, type MonitorEvents, type Outcome, type Prediction } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

describe('recording', () => {
  it('changes memory with the call and resolves when the outcome is stored', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    expect(monitor.rollingAccuracy).toBeUndefined();
    const predicted = monitor.recordPrediction(predictionOf(1));
    const tracked = monitor.recordOutcome('p1', outcomeOf(1, true));
    expect(monitor.rollingAccuracy).toBe(1);
    await Promise.all([predicted, tracked]);
    const [stored] = await storage.predictions.get(['p1']);
    expect(stored?.outcome).toMatchObject({ direction: 'up', correct: true, marketReturn: 0.01, netReturn: 0.01 });
    await monitor.close();
  });

  it('stores calls made together in one transaction, in the order of the calls', async () => {
    const storage = openMemoryStorage();
    let transactions = 0;
    const monitor = await openMonitor({ storage: countingTransactions(storage, () => transactions++) });
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 2 === 0))),
    );
    expect(transactions).toBe(1);
    const rows = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 100 });
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, i) => `p${i}`));
    await monitor.close();
  });

  it('takes a repeated prediction and a repeated outcome for nothing new, at once and after a restart', async () => {
    const storage = openMemoryStorage();
    const first = await openMonitor({ storage });
    await Promise.all([
      first.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true)),
      first.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true)),
      first.recordPrediction(predictionOf(1)),
      first.recordOutcome('p1', outcomeOf(1, true)),
    ]);
    await first.recordOutcome('p1', outcomeOf(1, true));
    const before = first.detectDegradation();
    await first.close();

    const second = await openMonitor({ storage });
    await Promise.all([
      second.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true)),
      second.trackPredictionOutcome(predictionOf(2), outcomeOf(2, false)),
    ]);
    expect(before).toMatchObject({ outcomesSeen: 1, labelCoverage: { predictions: 1, resolved: 1 } });
    expect(second.detectDegradation()).toMatchObject({
      outcomesSeen: 2,
      accuracy: 1 / 2,
      labelCoverage: { predictions: 2, resolved: 2, share: 1 },
    });
    await second.close();
  });

  it('refuses a known id with other content and keeps what was there, whether memory or only the store knows it', async () => {
    const storage = openMemoryStorage();
    const first = await openMonitor({ storage });
    await first.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await first.recordPrediction(predictionOf(2));
    await expect(first.recordPrediction(predictionOf(2, { confidence: 0.9 }))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: "prediction 'p2' is stored with other content: confidence is 0.6; got 0.9",
    });
    await first.close();

    const second = await openMonitor({ storage });
    const results = await Promise.allSettled([
      second.trackPredictionOutcome(predictionOf(3), outcomeOf(3, true)),
      second.trackPredictionOutcome(predictionOf(1, { confidence: 0.9 }), outcomeOf(1, true)),
      second.trackPredictionOutcome(predictionOf(4), outcomeOf(4, false)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'CONFLICT', message: expect.stringContaining("'p1'") } });
    expect(second.detectDegradation()).toMatchObject({ outcomesSeen: 3, accuracy: 2 / 3 });
    await second.close();
  });

  it('refuses another outcome than the first, and takes it as a correction when told to', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await expect(monitor.recordOutcome('p1', outcomeOf(1, false))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(monitor.rollingAccuracy).toBe(1);
    const statistic = monitor.detectDegradation().statistic;

    await monitor.recordOutcome('p1', outcomeOf(1, false), { correct: true });
    expect(monitor.rollingAccuracy).toBe(0);
    expect(monitor.detectDegradation()).toMatchObject({ statistic, outcomesSeen: 1 });
    const summary = await monitor.getPerformanceSummary(3);
    expect(summary.total).toMatchObject({ outcomes: 1, correct: 0 });
    await monitor.close();

    const restarted = await openMonitor({ storage });
    expect(restarted.rollingAccuracy).toBe(0);
    expect(restarted.detectDegradation().statistic).toBe(statistic);
    await restarted.close();
  });

  it('corrects an outcome that is still on its way to the store', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await Promise.all([
      monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true)),
      monitor.recordOutcome('p1', outcomeOf(1, false), { correct: true }),
    ]);
    expect((await storage.predictions.get(['p1']))[0]?.outcome).toMatchObject({ correct: false });
    expect(monitor.calculateRollingMetrics()).toMatchObject({ outcomes: 1, correct: 0 });
    await monitor.close();
  });

  it('refuses the outcome of an unknown prediction and leaves no trace of it', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage() });
    await expect(monitor.recordOutcome('nobody', outcomeOf(1, true))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining("'nobody'"),
    });
    expect(monitor.detectDegradation()).toMatchObject({ outcomesSeen: 0 });
    await monitor.close();
  });

  it('counts the late outcome of a prediction made before a restart, by prediction or by decision', async () => {
    const storage = openMemoryStorage();
    const first = await openMonitor({ storage });
    await first.recordPrediction(predictionOf(1));
    await first.recordPrediction(predictionOf(2, { decisionId: 'd2' }));
    await first.close();
    const second = await openMonitor({ storage });
    await Promise.all([
      second.recordOutcome('d2', outcomeOf(2, false)),
      second.recordOutcome('p1', outcomeOf(1, true)),
    ]);
    const rows = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 10 });
    expect(rows.map(({ id }) => id)).toEqual(['p2', 'p1']);
    expect(second.detectDegradation()).toMatchObject({
      accuracy: 1 / 2,
      labelCoverage: { predictions: 2, resolved: 2 },
    });
    await second.close();
  });

  it('forgets the oldest open predictions beyond its bound, and finds them in the store', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage, config: { maxPendingPredictions: 3 } });
    for (let i = 0; i < 10; i++) await monitor.recordPrediction(predictionOf(i));
    await monitor.recordOutcome('p0', outcomeOf(0, true));
    expect(monitor.detectDegradation().labelCoverage).toMatchObject({
      predictions: 10,
      resolved: 1,
      share: 0.1,
    });
    await monitor.close();
  });

  it('resolves every prediction of a decision, but counts the live one alone', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await Promise.all([
      monitor.recordPrediction(predictionOf(1, { id: 'live', decisionId: 'd' })),
      monitor.recordPrediction(
        predictionOf(1, { id: 'shadow', decisionId: 'd', role: 'shadow', modelVersionId: 'v2', direction: 'down' }),
      ),
    ]);
    const tracked: string[] = [];
    monitor.on('outcome-tracked', ({ predictionId, role }) => {
      tracked.push(`${predictionId} ${role}`);
    });
    await monitor.recordOutcome('live', outcomeOf(1, true));
    expect(tracked).toEqual(['live live', 'shadow shadow']);
    expect(monitor.calculateRollingMetrics()).toMatchObject({ outcomes: 1, correct: 1 });
    const members = await storage.predictions.findByDecision('d');
    expect(members.map(({ outcome }) => outcome?.correct)).toEqual([true, false]);
    await monitor.close();
  });

  it('finds the members of a decision that straddles a restart', async () => {
    const storage = openMemoryStorage();
    const first = await openMonitor({ storage });
    await first.recordPrediction(predictionOf(1, { id: 'live', decisionId: 'd' }));
    await first.close();
    const second = await openMonitor({ storage });
    await Promise.all([
      second.recordPrediction(predictionOf(1, { id: 'late', decisionId: 'd', role: 'shadow', modelVersionId: 'v2' })),
      second.recordOutcome('late', outcomeOf(1, true)),
    ]);
    expect((await storage.predictions.findByDecision('d')).every(({ outcome }) => outcome !== undefined)).toBe(true);
    expect(second.rollingAccuracy).toBe(1);
    await second.close();
  });

  const refused: readonly [string, Partial<Prediction>][] = [
    ['a confidence of 0', { confidence: 0 }],
    ['a confidence above 1', { confidence: 1.01 }],
    ['a confidence that is not a number', { confidence: Number.NaN }],
    ['an infinite price', { referencePrice: Number.POSITIVE_INFINITY }],
    ['an empty id', { id: '' }],
    ['a live prediction of another version', { modelVersionId: 'v2' }],
  ];
  it.each(refused)('refuses a prediction with %s', async (_what, changes) => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await expect(monitor.recordPrediction(predictionOf(1, changes))).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    expect((await storage.predictions.list({})).items).toEqual([]);
    await monitor.close();
  });

  const refusedOutcomes: readonly [string, Outcome][] = [
    ['neither price nor direction', { observedAt: NOON }],
    ['a price of NaN', { observedAt: NOON, price: Number.NaN }],
    ['a price of 0', { observedAt: NOON, price: 0 }],
  ];
  it.each(refusedOutcomes)('refuses an outcome with %s, and its prediction with it', async (_what, outcome) => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await expect(monitor.trackPredictionOutcome(predictionOf(1), outcome)).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    expect((await storage.predictions.list({})).items).toEqual([]);
    await monitor.close();
  });

  it('refuses a price for a prediction that has none to compare with, prediction and all', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    const { referencePrice: _, ...bare } = predictionOf(1);
    await expect(monitor.trackPredictionOutcome(bare, outcomeOf(1, true))).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    expect(monitor.detectDegradation().labelCoverage).toEqual({ predictions: 0, resolved: 0 });
    expect((await storage.predictions.list({})).items).toEqual([]);
    await monitor.close();
  });

  it('refuses a configuration by the path of what is wrong with it', async () => {
    await expect(openMonitor({ storage: openMemoryStorage(), config: { windowSize: 0 } })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('ml.performanceMonitoring.windowSize'),
    });
  });

  it('accepts nothing once closed', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage() });
    await monitor.close();
    await expect(monitor.recordPrediction(predictionOf(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('events', () => {
  it('come after the outcome is stored, in the order things happened', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage, config: { windowSize: 2, minPredictions: 1, rule: 'rolling' } });
    const seen: string[] = [];
    const stored: boolean[] = [];
    const names = ['prediction-recorded', 'outcome-tracked', 'window-completed', 'model-degraded'] as const;
    for (const name of names) {
      monitor.on(name, () => {
        seen.push(name);
      });
    }
    monitor.on('outcome-tracked', async ({ predictionId }) => {
      stored.push((await storage.predictions.get([predictionId]))[0]?.outcome !== undefined);
    });
    await Promise.all([
      monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true)),
      monitor.trackPredictionOutcome(predictionOf(2), outcomeOf(2, false)),
    ]);
    await monitor.close();
    expect(seen).toEqual([
      'prediction-recorded',
      'outcome-tracked',
      'prediction-recorded',
      'outcome-tracked',
      'window-completed',
      'model-degraded',
    ]);
    expect(stored).toEqual([true, true]);
  });

  it('reach the other listeners, and harm nobody, when one throws or rejects', async () => {
    const failures: string[] = [];
    const monitor = await openMonitor({
      storage: openMemoryStorage(),
      onListenerError: (error, event) => failures.push(`${event}: ${String(error)}`),
    });
    let heard = 0;
    monitor.on('outcome-tracked', () => {
      throw new Error('thrown');
    });
    monitor.on('outcome-tracked', () => Promise.reject(new Error('rejected')));
    const unsubscribe = monitor.on('outcome-tracked', () => {
      heard++;
    });
    await monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    unsubscribe();
    await monitor.trackPredictionOutcome(predictionOf(2), outcomeOf(2, true));
    expect(heard).toBe(1);
    expect(failures.sort()).toEqual(
      ['outcome-tracked: Error: rejected', 'outcome-tracked: Error: thrown'].flatMap((line) => [line, line]),
    );
    expect(monitor.rollingAccuracy).toBe(1);
    await monitor.close();
  });

  it('report each completed window once, stored under the sequence of its last outcome', async () => {
    const storage = openMemoryStorage();
    const config = { windowSize: 3, minPredictions: 3 };
    const completed: MonitorEvents['window-completed'][] = [];
    for (let run = 0; run < 2; run++) {
      const monitor = await openMonitor({ storage, config });
      monitor.on('window-completed', (event) => {
        completed.push(event);
      });
      for (let i = run * 4; i < run * 4 + 4; i++) {
        await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i !== 4));
      }
      await monitor.close();
    }
    const stored = await storage.windows.recent({ modelVersionId: 'v1', limit: 10 });
    expect(completed.map(({ window }) => window)).toEqual([...stored].reverse());
    expect(completed.map(({ window }) => [window.lastSequence, window.correctPredictions])).toEqual([
      [3, 3],
      [6, 2],
    ]);
    expect(stored[1]).toMatchObject({
      predictionsCount: 3,
      accuracy: 1,
      confidenceAvg: 0.6,
      startTime: NOON + HOUR,
      endTime: NOON + 3 * HOUR,
    });
  });
});

describe('reset', () => {
  it('starts the figures again, now and after a restart, and keeps what is stored', async () => {
    const storage = openMemoryStorage();
    const config = { rule: 'rolling', minPredictions: 2 } as const;
    const monitor = await openMonitor({ storage, config });
    await monitor.recordPrediction(predictionOf(0));
    for (let i = 1; i <= 4; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, false));
    expect(monitor.degradationDetected).toBe(true);
    await Promise.all([
      monitor.trackPredictionOutcome(predictionOf(5), outcomeOf(5, false)),
      monitor.resetMetrics(),
      monitor.trackPredictionOutcome(predictionOf(6), outcomeOf(6, true)),
    ]);
    const expected = { degraded: false, outcomesSeen: 1, accuracy: 1, labelCoverage: { predictions: 2, resolved: 1 } };
    expect(monitor.detectDegradation()).toMatchObject(expected);
    await monitor.close();
    const restarted = await openMonitor({ storage, config });
    expect(restarted.detectDegradation()).toMatchObject(expected);
    await restarted.recordOutcome('p0', outcomeOf(0, true));
    expect(restarted.detectDegradation()).toMatchObject({ outcomesSeen: 2, labelCoverage: { share: 1 } });
    expect((await restarted.getPerformanceSummary(3)).total.outcomes).toBe(7);
    await restarted.close();
  });
});

describe('time', () => {
  it('stamps what it records with its own clock', async () => {
    const storage = openMemoryStorage();
    const clock = new ManualClock(NOON + 0.5);
    const monitor = await openMonitor({ storage, clock });
    await monitor.recordPrediction(predictionOf(1));
    clock.advance(HOUR);
    await monitor.recordOutcome('p1', outcomeOf(1, true));
    expect((await storage.predictions.get(['p1']))[0]).toMatchObject({
      recordedAt: NOON,
      outcome: { recordedAt: NOON + HOUR },
    });
    await monitor.close();
  });
});

function countingTransactions<T extends ReturnType<typeof openMemoryStorage>>(storage: T, count: () => void): T {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (name === 'transaction') count();
        return Reflect.apply(value, target, args);
      };
    },
  });
}
