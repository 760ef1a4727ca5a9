import { ManualClock, PerformanceMonitor, type Prediction, removeOldPredictions } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

function made(id: string, daysAgo: number, changes: Partial<Prediction> = {}): Prediction {
  const predictedAt = NOW - daysAgo * DAY;
  return { id, modelVersionId: 'v1', symbol: 'BTC-USD', predictedAt, direction: 'up', confidence: 0.6, ...changes };
}

/** Predictions of one a day for 100 days, each with an outcome the same day. */
async function storeOf100Days() {
  const clock = new ManualClock(NOW - 100 * DAY);
  const storage = openMemoryStorage({ clock });
  const monitor = await PerformanceMonitor.open({ storage, clock, modelName: 'm' });
  for (let daysAgo = 100; daysAgo > 0; daysAgo--) {
    const prediction = made(`p${daysAgo}`, daysAgo);
    clock.setTime(prediction.predictedAt + 1);
    const direction = daysAgo % 3 === 0 ? 'down' : 'up';
    await monitor.trackPredictionOutcome(prediction, { observedAt: prediction.predictedAt + 1, direction });
  }
  clock.setTime(NOW);
  return { clock, storage, monitor };
}

describe('removeOldPredictions', () => {
  it('removes nothing without keepPredictionsDays', async () => {
    const { clock, storage, monitor } = await storeOf100Days();
    expect(await removeOldPredictions({ storage, clock, config: {} })).toBe(0);
    expect((await storage.predictions.list({}, { limit: 1_000 })).items).toHaveLength(100);
    await monitor.close();
  });

  it('removes what is older, and no summary changes', async () => {
    const { clock, storage, monitor } = await storeOf100Days();
    const before = await monitor.getPerformanceSummary(365);
    expect(await removeOldPredictions({ storage, clock, config: { keepPredictionsDays: 30 } })).toBe(70);
    const left = (await storage.predictions.list({}, { limit: 1_000 })).items;
    expect(left.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, i) => `p${30 - i}`));
    expect(await monitor.getPerformanceSummary(365)).toEqual(before);
    expect(before.total.outcomes).toBe(100);
    await monitor.close();
  });

  it('a monitor opened afterwards goes on as one that was never closed, as far as its window was kept', async () => {
    const { clock, storage, monitor } = await storeOf100Days();
    const verdict = monitor.detectDegradation();
    const rolling = monitor.calculateRollingMetrics(20);
    await monitor.close();
    await removeOldPredictions({ storage, clock, config: { keepPredictionsDays: 30 } });
    const again = await PerformanceMonitor.open({ storage, clock, modelName: 'm' });
    expect(again.detectDegradation().outcomesSeen).toBe(verdict.outcomesSeen);
    expect(again.detectDegradation().degraded).toBe(verdict.degraded);
    expect(again.calculateRollingMetrics(20)).toEqual(rolling);
    expect(again.calculateRollingMetrics(50).outcomes).toBe(30);
    await again.close();
  });

  it('a monitor without a checkpoint counts what is left, and nothing as pending that had its outcome', async () => {
    const clock = new ManualClock(NOW);
    const storage = openMemoryStorage({ clock });
    const records = [50, 40, 20, 10].map((daysAgo) => {
      const prediction = made(`p${daysAgo}`, daysAgo);
      return { ...prediction, decisionId: prediction.id, role: 'live' as const, recordedAt: prediction.predictedAt };
    });
    await storage.predictions.append(records);
    await storage.predictions.resolve(
      records.slice(0, 3).map(({ id, predictedAt }) => ({
        predictionId: id,
        outcome: { observedAt: predictedAt, direction: 'up', correct: true },
        recordedAt: predictedAt,
      })),
    );
    expect(await removeOldPredictions({ storage, clock, config: { keepPredictionsDays: 30 } })).toBe(2);
    const monitor = await PerformanceMonitor.open({ storage, clock, modelVersionId: 'v1' });
    const { outcomes, labelCoverage } = monitor.calculateRollingMetrics();
    expect(outcomes).toBe(1);
    expect(labelCoverage).toMatchObject({ predictions: 2, resolved: 1 });
    await monitor.close();
  });

  it('keeps a prediction that may still get its outcome within the grace', async () => {
    const clock = new ManualClock(NOW - 50 * DAY);
    const storage = openMemoryStorage({ clock });
    const monitor = await PerformanceMonitor.open({ storage, clock, modelVersionId: 'v1' });
    await monitor.recordPrediction(made('overdue', 50));
    await monitor.recordPrediction(made('due later', 50, { dueAt: NOW - 29 * DAY }));
    await monitor.recordPrediction(made('in its grace', 50, { dueAt: NOW - 35 * DAY }));
    clock.setTime(NOW);
    const config = { keepPredictionsDays: 30, outcomeGraceMs: 10 * DAY };
    expect(await removeOldPredictions({ storage, clock, config })).toBe(1);
    const left = (await storage.predictions.list({ resolved: false })).items;
    expect(left.map(({ id }) => id).sort()).toEqual(['due later', 'in its grace']);
    await monitor.recordOutcome('in its grace', { observedAt: NOW, direction: 'up' });
    await expect(monitor.recordOutcome('never made', { observedAt: NOW, direction: 'up' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await monitor.close();
  });

  it('stops between two batches when told to', async () => {
    const { clock, storage, monitor } = await storeOf100Days();
    const signal = AbortSignal.abort();
    expect(await removeOldPredictions({ storage, clock, signal, config: { keepPredictionsDays: 30 } })).toBe(0);
    await monitor.close();
  });

  it('refuses days that are none', async () => {
    const storage = openMemoryStorage();
    for (const keepPredictionsDays of [0, -1, 1.5, Number.NaN]) {
      await expect(removeOldPredictions({ storage, config: { keepPredictionsDays } })).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
      });
    }
  });
});
