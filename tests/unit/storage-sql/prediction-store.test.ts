import { DatabaseSync } from 'node:sqlite';
import { OutcomeAggregate, type OutcomeResolution, observationOf, type RecordedPrediction } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';

const HOUR = 3_600_000;
const START = 1_704_067_200_000;
const symbols = ['BTC-USD', 'ETH-USD', 'SOL-USD'];

/** 1,000 predictions over 334 hours and 3 symbols: some statements full, some not, and hundreds of roll-up rows. */
const predictions: readonly RecordedPrediction[] = Array.from({ length: 1_000 }, (_, i) => ({
  id: `p${i}`,
  decisionId: `p${i}`,
  role: 'live',
  modelName: 'alpha',
  modelVersionId: i % 10 === 0 ? 'v2' : 'v1',
  symbol: symbols[i % symbols.length]!,
  predictedAt: START + i * (HOUR / 3),
  direction: i % 4 === 0 ? 'down' : 'up',
  confidence: 0.5 + (i % 50) / 100,
  recordedAt: START,
}));

const resolutions: readonly OutcomeResolution[] = predictions.map(({ id, direction }, i) => ({
  predictionId: id,
  outcome: {
    observedAt: START + (i + 1) * (HOUR / 3),
    direction: 'up',
    correct: direction === 'up',
    netReturn: (i - 500) / 1e5,
  },
  recordedAt: START + i,
}));

describe('batches of a thousand', () => {
  it('come back whole, numbered per version in the order given', async () => {
    const storage = await openSqliteStorage(new DatabaseSync(':memory:'));
    expect(await storage.predictions.append(predictions)).toEqual(predictions.map(() => true));
    const results = await storage.predictions.resolve(resolutions);
    const next = { v1: 1, v2: 1 };
    results.forEach((result, i) => {
      const version = predictions[i]!.modelVersionId as 'v1' | 'v2';
      expect(result).toEqual({
        predictionId: `p${i}`,
        status: 'resolved',
        outcome: { ...resolutions[i]!.outcome, sequence: next[version]++, recordedAt: START + i },
      });
    });
    const stored = await storage.predictions.get(predictions.map(({ id }) => id));
    expect(stored).toEqual(predictions.map((prediction, i) => ({ ...prediction, outcome: results[i]!.outcome })));
    expect(await storage.predictions.append(predictions)).toEqual(predictions.map(() => false));
  });

  it('keep every roll-up row equal to a recomputation, through corrections too', async () => {
    const storage = await openSqliteStorage(new DatabaseSync(':memory:'));
    await storage.predictions.append(predictions);
    await storage.predictions.resolve(resolutions);
    const corrections = resolutions.slice(0, 700).map((resolution, i) => ({
      ...resolution,
      correction: true,
      outcome: {
        ...resolution.outcome,
        direction: 'down' as const,
        correct: predictions[i]!.direction === 'down',
        netReturn: 0.01,
      },
    }));
    await storage.predictions.resolve(corrections);

    const expected = new Map<string, { count: number; outcomes: OutcomeAggregate }>();
    predictions.forEach((prediction, i) => {
      const hour = Math.floor(prediction.predictedAt / HOUR) * HOUR;
      const key = `${prediction.modelVersionId} ${prediction.symbol} ${hour}`;
      const rollup = expected.get(key) ?? { count: 0, outcomes: new OutcomeAggregate() };
      rollup.count++;
      rollup.outcomes.add(observationOf(prediction, (corrections[i] ?? resolutions[i]!).outcome));
      expected.set(key, rollup);
    });
    const rollups = await storage.rollups.range({ modelName: 'alpha', role: 'live', from: 0, to: 2e12 });
    expect(rollups).toHaveLength(expected.size);
    for (const { modelVersionId, segment, hourStartAt, predictionsCount, outcomes } of rollups) {
      const own = expected.get(`${modelVersionId} ${segment} ${hourStartAt}`)!;
      const aggregate = OutcomeAggregate.from(outcomes);
      expect(predictionsCount).toBe(own.count);
      expect([aggregate.count, aggregate.correct]).toEqual([own.outcomes.count, own.outcomes.correct]);
      expect(aggregate.confidenceSum).toBeCloseTo(own.outcomes.confidenceSum, 12);
      expect(aggregate.returnSum).toBeCloseTo(own.outcomes.returnSum, 12);
    }
  });
});
