import {
  type HistoryRow,
  importHistory,
  ManualClock,
  PerformanceMonitor,
  type PerformanceStorage,
  type Prediction,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1_000 * DAY;

function rowOf(i: number): HistoryRow {
  const prediction: Prediction = {
    id: `p${i}`,
    modelName: 'm',
    modelVersionId: 'v1',
    symbol: i % 2 === 0 ? 'BTC-USD' : 'ETH-USD',
    predictedAt: NOW - 30 * DAY + i * 60_000,
    direction: i % 3 === 0 ? 'up' : 'down',
    confidence: 0.5 + (i % 50) / 100,
    referencePrice: 100,
  };
  if (i % 10 === 9) return { prediction };
  return { prediction, outcome: { observedAt: prediction.predictedAt + HOUR, price: 100 + ((i % 7) - 3) / 10 } };
}

function rowsTo(count: number): readonly HistoryRow[] {
  return Array.from({ length: count }, (_, i) => rowOf(i));
}

function open(): { clock: ManualClock; storage: PerformanceStorage } {
  const clock = new ManualClock(NOW);
  return { clock, storage: openMemoryStorage({ clock }) };
}

describe('importHistory', () => {
  it('stores what a monitor would have stored, and a monitor opened later says what that one says', async () => {
    const live = open();
    const monitor = await PerformanceMonitor.open({ ...live, modelName: 'm', config: { flatBand: 0.001 } });
    for (const { prediction, outcome } of rowsTo(400)) {
      if (outcome === undefined) await monitor.recordPrediction(prediction);
      else await monitor.trackPredictionOutcome(prediction, outcome);
    }
    const past = open();
    const config = { flatBand: 0.001 };
    expect(await importHistory({ ...past, rows: rowsTo(400), config })).toEqual({
      rows: 400,
      added: 400,
      resolved: 360,
    });
    expect((await past.storage.predictions.list({}, { limit: 1_000 })).items).toEqual(
      (await live.storage.predictions.list({}, { limit: 1_000 })).items,
    );
    const query = { modelName: 'm', role: 'live', from: 0, to: NOW } as const;
    expect(await past.storage.rollups.range(query)).toEqual(await live.storage.rollups.range(query));
    const later = await PerformanceMonitor.open({ ...past, modelName: 'm', config });
    expect(await later.getPerformanceSummary(60)).toEqual(await monitor.getPerformanceSummary(60));
    await later.close();
    await monitor.close();
  });

  it('reads a stream in batches and tells how far it is', async () => {
    const { storage, clock } = open();
    const stored: number[] = [];
    async function* stream() {
      yield* rowsTo(12_000);
    }
    await importHistory({ storage, clock, rows: stream(), onProgress: (rows) => stored.push(rows) });
    expect(stored).toEqual([5_000, 10_000, 12_000]);
  });

  it('run again after it broke off, it stores what is missing and nothing twice', async () => {
    const { storage, clock } = open();
    function* broken() {
      yield* rowsTo(7_000);
      throw new Error('the file ends here');
    }
    await expect(importHistory({ storage, clock, rows: broken() })).rejects.toThrow('the file ends here');
    expect(await importHistory({ storage, clock, rows: rowsTo(8_000) })).toEqual({
      rows: 8_000,
      added: 3_000,
      resolved: 2_700,
    });
    expect(await importHistory({ storage, clock, rows: rowsTo(8_000) })).toMatchObject({ added: 0, resolved: 0 });
  });

  it('takes an outcome that comes with a later import', async () => {
    const { storage, clock } = open();
    const { prediction, outcome } = rowOf(1);
    await importHistory({ storage, clock, rows: [{ prediction }] });
    expect(await importHistory({ storage, clock, rows: [{ prediction, outcome: outcome! }] })).toEqual({
      rows: 1,
      added: 0,
      resolved: 1,
    });
  });

  it.each([
    ['a confidence of 2', { prediction: { ...rowOf(5).prediction, confidence: 2 } }, 'INVALID_RECORD'],
    ['an outcome before its prediction', { ...rowOf(5), outcome: { observedAt: 1, price: 1 } }, 'INVALID_RECORD'],
    ['a known id of other content', { prediction: { ...rowOf(0).prediction, confidence: 0.9 } }, 'CONFLICT'],
  ])('%s is refused, and nothing of its batch is stored', async (_, bad, code) => {
    const { storage, clock } = open();
    await importHistory({ storage, clock, rows: [rowOf(0)] });
    await expect(importHistory({ storage, clock, rows: [rowOf(1), bad, rowOf(2)] })).rejects.toMatchObject({ code });
    expect((await storage.predictions.list({})).items.map(({ id }) => id)).toEqual(['p0']);
  });

  it('is refused while a monitor of the version lives, and stops when it is told to', async () => {
    const { storage, clock } = open();
    const monitor = await PerformanceMonitor.open({ storage, clock, modelName: 'm' });
    const { prediction, outcome } = rowOf(1);
    await monitor.trackPredictionOutcome(prediction, outcome!);
    await expect(importHistory({ storage, clock, rows: [rowOf(2)] })).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await monitor.close();
    await expect(
      importHistory({ storage, clock, rows: [rowOf(2)], signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await importHistory({ storage, clock, rows: [rowOf(2)] })).toMatchObject({ added: 1 });
  });
});
