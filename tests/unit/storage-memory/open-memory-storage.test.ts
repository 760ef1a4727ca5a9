import { type PerformanceStorage, type RecordedPrediction, systemClock } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';

const HOUR = 3_600_000;

function prediction(id: string, changes: Partial<RecordedPrediction> = {}): RecordedPrediction {
  return {
    id,
    decisionId: id,
    role: 'live',
    modelVersionId: 'v1',
    symbol: 'BTC/USDT',
    predictedAt: HOUR,
    direction: 'up',
    confidence: 0.6,
    recordedAt: HOUR,
    ...changes,
  };
}

async function appendAll(storage: PerformanceStorage, predictions: readonly RecordedPrediction[]): Promise<void> {
  for (let i = 0; i < predictions.length; i += 10_000)
    await storage.predictions.append(predictions.slice(i, i + 10_000));
}

describe('openMemoryStorage', () => {
  it('says that nothing outlives the process', () => {
    const storage = openMemoryStorage();
    expect([storage.kind, storage.durability, storage.multiProcess]).toEqual(['memory', 'none', false]);
    expect(storage.clock).toBe(systemClock);
  });

  it('gives every storage a memory of its own', async () => {
    const [a, b] = [openMemoryStorage(), openMemoryStorage()];
    await a.predictions.append([prediction('p')]);
    expect(await b.predictions.get(['p'])).toEqual([undefined]);
  });

  it('lets a transaction of one storage use another storage', async () => {
    const [a, b] = [openMemoryStorage(), openMemoryStorage()];
    await a.transaction(async (tx) => {
      await tx.predictions.append([prediction('p')]);
      await b.transaction((other) => other.predictions.append([prediction('q')]));
      expect(await b.predictions.get(['q'])).toHaveLength(1);
    });
    expect((await a.predictions.get(['p', 'q'])).map((row) => row?.id)).toEqual(['p', undefined]);
  });

  it('hands out frozen records, so that no reader can change what another sees', async () => {
    const storage = openMemoryStorage();
    await storage.predictions.append([prediction('p', { features: { rsi: 30 } })]);
    const [row] = await storage.predictions.get(['p']);
    expect(Object.isFrozen(row)).toBe(true);
    expect(Object.isFrozen(row!.features)).toBe(true);
  });

  it('refuses a roll-up query above 100,000 roll-ups and answers one at the limit', async () => {
    const storage = openMemoryStorage();
    const hours = Array.from({ length: 100_001 }, (_, i) => prediction(`p${i}`, { predictedAt: i * HOUR }));
    await appendAll(storage, hours);
    const query = { modelVersionId: 'v1', role: 'live', from: 0 } as const;
    expect(await storage.rollups.range({ ...query, to: 100_000 * HOUR })).toHaveLength(100_000);
    await expect(storage.rollups.range({ ...query, to: 100_001 * HOUR })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('is exactly as before after a rolled-back transaction that touched 20,000 outcomes', async () => {
    const storage = openMemoryStorage();
    const predictions = Array.from({ length: 20_000 }, (_, i) =>
      prediction(`p${i}`, { predictedAt: HOUR + (i % 10) * HOUR }),
    );
    await appendAll(storage, predictions);
    const resolve = (target: Pick<PerformanceStorage, 'predictions'>, from: number, direction: 'up' | 'down') =>
      target.predictions.resolve(
        predictions.slice(from, from + 10_000).map(({ id }) => ({
          predictionId: id,
          recordedAt: 1,
          correction: true,
          outcome: { observedAt: 24 * HOUR, direction, correct: direction === 'up' },
        })),
      );
    await resolve(storage, 0, 'up');
    const query = { modelVersionId: 'v1', role: 'live', from: 0, to: 100 * HOUR } as const;
    const before = await storage.rollups.range(query);
    const stopped = storage.transaction(async (tx) => {
      await resolve(tx, 0, 'down');
      await resolve(tx, 10_000, 'down');
      throw new Error('stop');
    });
    await expect(stopped).rejects.toThrow('stop');
    expect(await storage.rollups.range(query)).toEqual(before);
    const outcomes = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 100_000 });
    expect(outcomes).toHaveLength(10_000);
    expect(outcomes.every(({ outcome }) => outcome.correct)).toBe(true);
    const [next] = await storage.predictions.resolve([
      { predictionId: 'p15000', recordedAt: 1, outcome: { observedAt: 24 * HOUR, direction: 'up', correct: true } },
    ]);
    expect(next!.outcome.sequence).toBe(10_001);
  });
});
