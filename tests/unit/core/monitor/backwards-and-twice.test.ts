import { ManualClock, type Prediction } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

describe('a clock that runs backwards', () => {
  it('changes no figure from memory; a summary ends with the hour of the clock and has the rest once it is there', async () => {
    const storage = openMemoryStorage();
    let now = NOON + 12 * HOUR;
    const clock = Object.assign(new ManualClock(now), { now: () => now });
    const monitor = await openMonitor({ storage, clock });
    for (let i = 1; i <= 10; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 2 > 0));
    const before = monitor.calculateRollingMetrics();
    const inTime = await monitor.getPerformanceSummary(1);

    now = NOON + 5 * HOUR;
    await monitor.trackPredictionOutcome(predictionOf(0), outcomeOf(0, true));
    expect(monitor.calculateRollingMetrics()).toMatchObject({ outcomes: 11, accuracy: 6 / 11 });
    expect(before).toMatchObject({ outcomes: 10, accuracy: 0.5 });
    const early = await monitor.getPerformanceSummary(1);
    expect(early).toMatchObject({ to: NOON + 6 * HOUR, total: { outcomes: 6 } });

    now = NOON + 12 * HOUR;
    const late = await monitor.getPerformanceSummary(1);
    expect(inTime.total).toMatchObject({ outcomes: 10 });
    expect(late.total).toMatchObject({ outcomes: 11, labelCoverage: { predictions: 11, resolved: 11 } });
    await monitor.close();
  });
});

describe('ids that occur twice in one batch', () => {
  const ids = ['p1', 'p2', 'p1', 'p3', 'p2', 'p1'];
  const list: readonly Prediction[] = ids.map((id) => predictionOf(Number(id.slice(1))));

  it('count once when the content is the same', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await Promise.all(list.map((prediction) => monitor.recordPrediction(prediction)));
    await Promise.all(ids.map((id) => monitor.recordOutcome(id, outcomeOf(Number(id.slice(1)), true))));
    expect(monitor.calculateRollingMetrics()).toMatchObject({
      outcomes: 3,
      labelCoverage: { predictions: 3, resolved: 3 },
    });
    expect((await monitor.getPerformanceSummary(3)).total).toMatchObject({
      outcomes: 3,
      labelCoverage: { predictions: 3, resolved: 3 },
    });
    await monitor.close();
  });

  it('are refused one by one when the content differs, and the first of each stands', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    const results = await Promise.allSettled(
      list.map((prediction, i) => monitor.recordPrediction({ ...prediction, confidence: 0.6 + i / 100 })),
    );
    expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'stored'))).toEqual([
      'stored',
      'stored',
      'CONFLICT',
      'stored',
      'CONFLICT',
      'CONFLICT',
    ]);
    await monitor.close();
    const stored = await storage.predictions.get(['p1', 'p2', 'p3']);
    expect(stored.map((found) => found?.confidence)).toEqual([0.6, 0.61, 0.63]);
  });
});
