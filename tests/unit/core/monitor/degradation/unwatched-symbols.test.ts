import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

it('a verdict counts the outcomes of symbols there was no room to watch, also after a restart', async () => {
  const storage = openMemoryStorage();
  // 20,000 values of evidence, 1,000 rows for each of four alternatives: five symbols.
  const config = { labelOverlap: 1000 };
  const monitor = await openMonitor({ storage, config });
  for (let i = 0; i < 14; i++) {
    await monitor.trackPredictionOutcome(predictionOf(i, { symbol: `S${i % 7}` }), outcomeOf(i, true));
  }
  expect(monitor.detectDegradation()).toMatchObject({ outcomesSeen: 14, unwatchedOutcomes: 4 });
  expect(monitor.detectDegradation().reason).toContain('4 outcomes of further symbols were not watched');
  await monitor.close();

  const restarted = await openMonitor({ storage, config });
  expect(restarted.detectDegradation().unwatchedOutcomes).toBe(4);
  await restarted.close();
});

it('nothing is said of room where there is enough', async () => {
  const monitor = await openMonitor({ storage: openMemoryStorage() });
  await monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
  expect(monitor.detectDegradation()).not.toHaveProperty('unwatchedOutcomes');
  await monitor.close();
});
