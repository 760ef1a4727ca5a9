import { join } from 'node:path';
import { PerformanceMonitor, type Prediction } from '@mlperf/core';
import { openSqliteMaintenance, openSqliteStorage } from '@mlperf/storage-sqlite';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const START = Date.UTC(2026, 10, 20);

function predictionOf(i: number): Prediction {
  return {
    id: `p${i}`,
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: START + i * 1_000,
    direction: 'up',
    confidence: 0.6,
    referencePrice: 50_000,
    predictedPrice: 50_010,
  };
}

it('the worst price that is accepted, once corrected, leaves sums that equal a recomputation', async () => {
  const path = join(temporaryDirectory(), 'store.db');
  const storage = await openSqliteStorage(path);
  const monitor = await PerformanceMonitor.open({ storage, modelVersionId: 'v1' });
  for (let i = 0; i < 100; i++) {
    const observedAt = START + i * 1_000 + 500;
    const price = 50_000 * (1 + 1e-3 * Math.sin(i));
    const worst = i % 10 === 7 ? 50_000 * 9_999 : price;
    await monitor.trackPredictionOutcome(predictionOf(i), { observedAt, price: worst });
    if (worst !== price) await monitor.recordOutcome(`p${i}`, { observedAt, price }, { correct: true });
  }
  await monitor.close();
  await storage.close();
  expect(await openSqliteMaintenance(path).verify()).toMatchObject({ problems: [], problemCount: 0 });
});
