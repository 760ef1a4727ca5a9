import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

const refusal = {
  code: 'CONFLICT',
  message: "decision 'd' has its live prediction: 'p1' is stored; got 'p2'. Record others of it as shadow or member",
};

describe('the live prediction of a decision', () => {
  it('is one: a second is refused while the first is on its way, once it is stored, and once it is resolved', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    const second = predictionOf(2, { decisionId: 'd' });
    const first = monitor.recordPrediction(predictionOf(1, { decisionId: 'd' }));
    await expect(monitor.recordPrediction(second)).rejects.toMatchObject(refusal);
    await first;
    await expect(monitor.recordPrediction(second)).rejects.toMatchObject(refusal);
    await monitor.recordOutcome('d', outcomeOf(1, true));
    await expect(monitor.trackPredictionOutcome(second, outcomeOf(2, true))).rejects.toMatchObject(refusal);
    expect(monitor.detectDegradation()).toMatchObject({ outcomesSeen: 1 });
    await monitor.close();
    expect((await storage.predictions.list({})).items.map(({ id }) => id)).toEqual(['p1']);
  });

  it('is one after a restart too, resolved or not', async () => {
    for (const resolved of [false, true]) {
      const storage = openMemoryStorage();
      const before = await openMonitor({ storage });
      await before.recordPrediction(predictionOf(1, { decisionId: 'd' }));
      if (resolved) await before.recordOutcome('p1', outcomeOf(1, true));
      await before.close();
      const after = await openMonitor({ storage });
      await expect(after.recordPrediction(predictionOf(2, { decisionId: 'd' }))).rejects.toMatchObject(refusal);
      await after.close();
    }
  });

  it('is still known when a shadow of the decision came after its outcome', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    const shadow = predictionOf(1, { id: 's1', decisionId: 'd', role: 'shadow', modelVersionId: 'v2' });
    await Promise.all([
      monitor.trackPredictionOutcome(predictionOf(1, { decisionId: 'd' }), outcomeOf(1, true)),
      monitor.recordPrediction(shadow),
    ]);
    await expect(monitor.recordPrediction(predictionOf(2, { decisionId: 'd' }))).rejects.toMatchObject(refusal);
    await monitor.close();
  });

  it('may be the one the decision is named after', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    await monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await expect(monitor.recordPrediction(predictionOf(2, { decisionId: 'p1' }))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining("decision 'p1'"),
    });
    await monitor.close();
  });

  it('may be repeated, and joined by any number of shadows and members', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage });
    const live = predictionOf(1, { decisionId: 'd' });
    await monitor.recordPrediction(live);
    await monitor.recordPrediction(live);
    for (const [i, role] of (['shadow', 'shadow', 'member', 'member'] as const).entries()) {
      await monitor.recordPrediction({ ...live, id: `o${i}`, role, modelVersionId: `v${i + 2}` });
    }
    await monitor.close();
    expect(await storage.predictions.findByDecision('d')).toHaveLength(5);
  });

  it('asks the store nothing for a prediction that is its own decision', async () => {
    const storage = openMemoryStorage();
    let lookups = 0;
    const { findByDecision } = storage.predictions;
    storage.predictions.findByDecision = (id) => {
      lookups++;
      return findByDecision(id);
    };
    const monitor = await openMonitor({ storage });
    for (let i = 0; i < 20; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, true));
    expect(lookups).toBe(0);
    await monitor.close();
  });
});
