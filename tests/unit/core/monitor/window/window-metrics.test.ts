import { ManualClock, type WindowMetrics } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD'];
/** BTC always right, ETH never, SOL every other time. */
const isHit = (i: number) => i % 3 === 0 || (i % 3 === 2 && i % 2 === 0);

async function openPlayed(outcomes: number) {
  const storage = openMemoryStorage();
  const clock = new ManualClock(NOON + (outcomes + 1) * HOUR);
  const monitor = await openMonitor({ storage, clock });
  for (let i = 0; i < outcomes; i++) {
    const symbol = SYMBOLS[i % 3]!;
    await monitor.recordPrediction(predictionOf(i, { symbol, decisionId: `d${i}` }));
    await monitor.recordPrediction({
      ...predictionOf(i, { symbol, decisionId: `d${i}`, direction: 'down' }),
      id: `s${i}`,
      role: 'shadow',
    });
    await monitor.recordOutcome(`d${i}`, outcomeOf(i, isHit(i)));
  }
  return { monitor, storage, clock };
}

const hitsOf = (indices: readonly number[]) => indices.filter(isHit).length;
const indices = (length: number) => Array.from({ length }, (_, i) => i);

describe('figures of a window', () => {
  it('without a query are those of the rolling window', async () => {
    const { monitor } = await openPlayed(60);
    const { labelCoverage: _, ...rolling } = monitor.calculateRollingMetrics();
    expect(await monitor.getWindowMetrics()).toMatchObject({ ...rolling, role: 'live', complete: true });
    await monitor.close();
  });

  it('by count are of the newest outcomes of a symbol, with its label coverage', async () => {
    const { monitor } = await openPlayed(60);
    await monitor.recordPrediction(predictionOf(60, { symbol: 'SOL-USD' }));
    const own = indices(60).filter((i) => i % 3 === 2);
    const last = own.slice(-5);
    expect(await monitor.getWindowMetrics({ windowSize: 5, segment: 'SOL-USD' })).toMatchObject({
      segment: 'SOL-USD',
      windowSize: 5,
      outcomes: 5,
      correct: hitsOf(last),
      startTime: NOON + (last[0]! + 1) * HOUR,
      endTime: NOON + (last[4]! + 1) * HOUR,
      labelCoverage: { predictions: 6, resolved: 5, share: 5 / 6 },
      complete: true,
    });
    expect(await monitor.getWindowMetrics({ segment: 'XRP-USD' })).toMatchObject({ outcomes: 0 });
    await monitor.close();
  });

  it('by time are of what was observed since, however late it came', async () => {
    const { monitor } = await openPlayed(30);
    // Observed long ago, reported last.
    await monitor.recordPrediction({ ...predictionOf(0), id: 'late' });
    await monitor.recordOutcome('late', outcomeOf(0, true));
    const window = await monitor.getWindowMetrics({ windowMs: 10 * HOUR });
    // Now is 31 hours after noon; outcome i is observed at i + 1: from 21 on, exclusive, are 21 to 29.
    expect(window).toMatchObject({ outcomes: 9, correct: hitsOf(indices(30).slice(21)), windowMs: 10 * HOUR });
    expect(window).not.toHaveProperty('windowSize');
    expect(await monitor.getWindowMetrics({ windowMs: 10 * HOUR, windowSize: 4 })).toMatchObject({
      outcomes: 4,
      correct: hitsOf([26, 27, 28, 29]),
    });
    await monitor.close();
  });

  it('are of shadow predictions, and of any function of the prediction', async () => {
    const { monitor } = await openPlayed(30);
    // The shadow says `down` wherever the live one says `up`.
    expect(await monitor.getWindowMetrics({ role: 'shadow', windowSize: 30 })).toMatchObject({
      role: 'shadow',
      outcomes: 30,
      correct: 30 - hitsOf(indices(30)),
    });
    const odd = await monitor.getWindowMetrics({ where: ({ id }) => Number(id.slice(1)) % 2 === 1, windowSize: 10 });
    const last = indices(30)
      .filter((i) => i % 2 === 1)
      .slice(-10);
    expect(odd).toMatchObject({ outcomes: 10, correct: hitsOf(last) });
    await monitor.close();
  });

  it('are the same after a restart, follow corrections, and begin anew with a reset', async () => {
    const { monitor, storage, clock } = await openPlayed(20);
    const query = { windowSize: 20 };
    const before = (await monitor.getWindowMetrics(query)) as WindowMetrics;
    await monitor.recordOutcome('d1', outcomeOf(1, true), { correct: true });
    expect(await monitor.getWindowMetrics(query)).toMatchObject({ correct: before.correct + 1 });
    await monitor.resetMetrics();
    expect(await monitor.getWindowMetrics(query)).toMatchObject({ outcomes: 0 });
    await monitor.close();
    const second = await openMonitor({ storage, clock });
    expect(await second.getWindowMetrics(query)).toMatchObject({ outcomes: 0 });
    await second.trackPredictionOutcome(predictionOf(50), outcomeOf(50, true));
    expect(await second.getWindowMetrics(query)).toMatchObject({ outcomes: 1, correct: 1 });
    await second.close();
  });

  it('of ten thousand symbols are those of the one that is asked for', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage() });
    const calls: Promise<void>[] = [];
    for (let i = 0; i < 20_000; i++) {
      const prediction = predictionOf(0, { symbol: `S${i % 10_000}` });
      calls.push(monitor.trackPredictionOutcome({ ...prediction, id: `x${i}` }, outcomeOf(0, i >= 10_000)));
    }
    await Promise.all(calls);
    expect(await monitor.getWindowMetrics({ segment: 'S77' })).toMatchObject({ outcomes: 2, correct: 1 });
    await monitor.close();
  });

  it.each([{ windowSize: 0 }, { windowSize: 1.5 }, { windowSize: 100_001 }, { windowMs: 0 }, { windowMs: Number.NaN }])(
    'refuses %j',
    async (query) => {
      const { monitor } = await openPlayed(1);
      await expect(monitor.getWindowMetrics(query)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
      await monitor.close();
    },
  );
});
