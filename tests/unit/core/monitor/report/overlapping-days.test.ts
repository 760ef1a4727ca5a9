import { accuracyInterval } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

it('the interval of a range of days counts overlapping labels as fewer outcomes', async () => {
  const monitor = await openMonitor({ storage: openMemoryStorage(), config: { labelOverlap: 5 } });
  for (let i = 0; i < 40; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 4 !== 0));
  const { total } = await monitor.getPerformanceSummary(30);
  expect([total.outcomes, total.effectiveSampleSize]).toEqual([40, 40 / 5]);
  expect(total.accuracyInterval).toEqual(accuracyInterval(30, 40, { confidenceLevel: 0.95, effectiveSampleSize: 8 }));
  await monitor.close();
});
