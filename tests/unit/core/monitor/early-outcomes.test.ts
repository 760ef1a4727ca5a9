import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

describe('an outcome observed before its prediction', () => {
  it('is refused, naming both times, and leaves no trace', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await monitor.recordPrediction(predictionOf(1));
    const early = { observedAt: NOON + HOUR - 1, price: 101 };
    const refusal = {
      code: 'INVALID_RECORD',
      message: `outcome of prediction 'p1': observedAt must be at or after predictedAt (${NOON + HOUR}); got ${NOON + HOUR - 1}`,
    };
    await expect(monitor.recordOutcome('p1', early)).rejects.toMatchObject(refusal);
    await monitor.recordOutcome('p1', outcomeOf(1, true));
    await expect(monitor.recordOutcome('p1', early, { correct: true })).rejects.toMatchObject(refusal);
    await expect(
      monitor.trackPredictionOutcome(predictionOf(2), { observedAt: NOON, price: 101 }),
    ).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    expect(monitor.detectDegradation()).toMatchObject({ outcomesSeen: 1 });
    expect((await storage.predictions.list({})).items.map(({ id }) => id)).toEqual(['p1']);
    await monitor.close();
  });

  it('is refused for the whole decision when it is too early for one of its predictions', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await monitor.recordPrediction(predictionOf(1, { decisionId: 'd' }));
    await monitor.recordPrediction(
      predictionOf(1, { id: 's1', decisionId: 'd', role: 'shadow', predictedAt: NOON + HOUR + 5 }),
    );
    await expect(monitor.recordOutcome('d', { observedAt: NOON + HOUR + 4, price: 101 })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining("prediction 's1'"),
    });
    await monitor.close();
    const stored = await storage.predictions.findByDecision('d');
    expect(stored.map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
  });
});
