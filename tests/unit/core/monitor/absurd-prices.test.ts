import type { Outcome, PerformanceMonitor } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

/** Prices whose return against 100, or whose square, no sum could give back. */
const ABSURD = [Number.MAX_VALUE, 1e200, 1e102, 1e12];

function at(number: number, price: number): Outcome {
  return { ...outcomeOf(number, true), price };
}

async function tenGoodOutcomes(): Promise<{
  storage: ReturnType<typeof openMemoryStorage>;
  monitor: PerformanceMonitor;
}> {
  const storage = openMemoryStorage();
  const monitor = await openMonitor({ storage, config: { windowSize: 5, minPredictions: 1 } });
  for (let i = 1; i <= 10; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, i % 3 > 0));
  return { storage, monitor };
}

function figuresOf(monitor: PerformanceMonitor): unknown {
  const { rollingAccuracy } = monitor;
  return [rollingAccuracy, monitor.calculateRollingMetrics(), monitor.detectDegradation()];
}

describe('an absurd price', () => {
  it.each(ABSURD)('of %d is refused and leaves no trace: the right one is accepted after', async (price) => {
    const { monitor } = await tenGoodOutcomes();
    const other = await tenGoodOutcomes();
    for (const each of [monitor, other.monitor]) await each.recordPrediction(predictionOf(11));
    const before = figuresOf(monitor);
    await expect(monitor.recordOutcome('p11', at(11, price))).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      message: expect.stringContaining("'p11'"),
    });
    expect(figuresOf(monitor)).toEqual(before);
    for (const each of [monitor, other.monitor]) {
      await each.recordOutcome('p11', outcomeOf(11, true));
      for (let i = 12; i <= 20; i++) await each.trackPredictionOutcome(predictionOf(i), outcomeOf(i, true));
    }
    expect(figuresOf(monitor)).toEqual(figuresOf(other.monitor));
    expect(monitor.calculateRollingMetrics().labelCoverage).toMatchObject({ predictions: 20, resolved: 20 });
    await monitor.close();
  });

  it.each(ABSURD)('of %d is refused with its prediction, which is not recorded either', async (price) => {
    const { monitor, storage } = await tenGoodOutcomes();
    const before = figuresOf(monitor);
    await expect(monitor.trackPredictionOutcome(predictionOf(11), at(11, price))).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
    });
    expect(figuresOf(monitor)).toEqual(before);
    await monitor.close();
    expect(await storage.predictions.get(['p11'])).toEqual([undefined]);
  });

  it.each(ABSURD)('of %d as a correction leaves the outcome that is there', async (price) => {
    const { monitor, storage } = await tenGoodOutcomes();
    const before = figuresOf(monitor);
    await expect(monitor.recordOutcome('p9', at(9, price), { correct: true })).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
    });
    expect(figuresOf(monitor)).toEqual(before);
    await monitor.recordOutcome('p9', outcomeOf(9, false));
    await monitor.close();
    const [stored] = await storage.predictions.get(['p9']);
    expect(stored?.outcome).toMatchObject({ price: 99, direction: 'down' });
    expect(stored?.outcome).not.toHaveProperty('correctedAt');
  });

  it('does not take its neighbours in a batch along', async () => {
    const { monitor, storage } = await tenGoodOutcomes();
    const calls = await Promise.allSettled([
      monitor.trackPredictionOutcome(predictionOf(11), outcomeOf(11, true)),
      monitor.trackPredictionOutcome(predictionOf(12), at(12, Number.MAX_VALUE)),
      monitor.trackPredictionOutcome(predictionOf(13), outcomeOf(13, true)),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(monitor.detectDegradation().outcomesSeen).toBe(12);
    expect(monitor.calculateRollingMetrics().labelCoverage).toMatchObject({ predictions: 12, resolved: 12 });
    const summary = await monitor.getPerformanceSummary(30);
    expect(summary.total).toMatchObject({ labelCoverage: { predictions: 12, resolved: 12 } });
    await monitor.close();
    const stored = await storage.predictions.get(['p11', 'p12', 'p13']);
    expect(stored.map((found) => found?.outcome !== undefined)).toEqual([true, false, true]);
  });

  it.each([
    ['a return that overflows', 1e-300, Number.MAX_VALUE],
    ['a reference price too small to divide by', 1e-320, 1],
  ])('is refused for every role and side: %s', async (_, referencePrice, price) => {
    const { monitor, storage } = await tenGoodOutcomes();
    const before = figuresOf(monitor);
    for (const [number, changes] of [
      [11, { role: 'shadow', modelVersionId: 'v2' }],
      [12, { role: 'member', modelVersionId: 'v3' }],
      [13, { direction: 'flat', role: 'shadow' }],
      [14, { direction: 'down', role: 'shadow' }],
    ] as const) {
      await expect(
        monitor.trackPredictionOutcome(predictionOf(number, { ...changes, referencePrice }), at(number, price)),
      ).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    }
    expect(figuresOf(monitor)).toEqual(before);
    await monitor.close();
    expect(await storage.predictions.get(['p11', 'p12', 'p13', 'p14'])).toEqual(Array(4).fill(undefined));
  });

  it('takes no decision apart: one member whose return overflows, and none of them has an outcome', async () => {
    const { monitor } = await tenGoodOutcomes();
    await monitor.recordPrediction(predictionOf(11, { decisionId: 'd' }));
    await monitor.recordPrediction(
      predictionOf(12, { ...predictionOf(11), id: 'p12', decisionId: 'd', role: 'shadow', referencePrice: 1e-300 }),
    );
    const before = figuresOf(monitor);
    await expect(monitor.recordOutcome('d', outcomeOf(11, true))).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(figuresOf(monitor)).toEqual(before);
    await monitor.close();
  });
});
