import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

it('an alarm stands in the outbox with its evidence, once, also when the outcomes come again', async () => {
  const storage = openMemoryStorage();
  for (let run = 0; run < 2; run++) {
    const monitor = await openMonitor({ storage, config: { degradationThreshold: 0.6 } });
    for (let i = 0; i < 80; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 4 === 0));
    await monitor.close();
  }
  const events = await storage.outbox.read({ consumer: 'test', limit: 10 });
  expect(events.map(({ type, modelName }) => ({ type, modelName }))).toEqual([
    { type: 'model-degraded', modelName: 'v1' },
  ]);
  expect(events[0]!.payload).toMatchObject({ modelVersionId: 'v1', verdict: { degraded: true, floor: 0.6 } });
});
