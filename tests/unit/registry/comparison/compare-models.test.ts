import { canonicalJson, type Direction, keyedRandom, type PerformanceStorage, type PredictionRole } from '@mlperf/core';
import { blockBootstrapMean } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';
import { aRegistry, aRequest } from '../a-registry.ts';

interface Row {
  readonly decision: string;
  readonly right: boolean;
  readonly role: PredictionRole;
  readonly netReturn?: number;
}

/** Stores resolved predictions of one version, an hour apart, each due so many hours later. */
async function track(
  storage: PerformanceStorage,
  modelVersionId: string,
  rows: readonly Row[],
  horizon = 1,
): Promise<void> {
  const predictions = rows.map(({ decision, right, role }) => ({
    id: `${modelVersionId}/${decision}`,
    decisionId: decision,
    role,
    modelVersionId,
    symbol: 'BTC-USD',
    predictedAt: 1_000 + Number(decision.slice(1)) * 3_600_000,
    dueAt: 1_000 + (Number(decision.slice(1)) + horizon) * 3_600_000,
    direction: (right ? 'up' : 'down') as Direction,
    confidence: 0.6,
    recordedAt: 1_000,
  }));
  await storage.predictions.append(predictions);
  await storage.predictions.resolve(
    predictions.map(({ id, dueAt }, i) => ({
      predictionId: id,
      recordedAt: dueAt,
      outcome: {
        observedAt: dueAt,
        direction: 'up' as const,
        correct: rows[i]!.right,
        ...(rows[i]!.netReturn === undefined ? {} : { netReturn: rows[i]!.netReturn }),
      },
    })),
  );
}

async function twoVersions() {
  const world = await aRegistry();
  const a = await world.registry.registerModel(aRequest(0.6, { hyperparameters: { depth: 3, trees: 10 } }));
  const b = await world.registry.registerModel(
    aRequest(0.7, { hyperparameters: { depth: 4, trees: 10 }, trainingMetrics: { accuracy: 0.6, sharpe_ratio: 1 } }),
  );
  return { ...world, a: a.versionId, b: b.versionId };
}

describe('comparing two versions', () => {
  it('judges them on the decisions both predicted, and shows each on its own rows', async () => {
    const { registry, storage, a, b } = await twoVersions();
    const random = keyedRandom('compare', 1);
    const rows = Array.from({ length: 600 }, (_, i) => ({
      decision: `d${i}`,
      right: random.next() < 0.5,
      role: 'live' as const,
    }));
    await track(storage, a, rows);
    // As good as a where a is right, and right in half of the rest: 25 points better. It began 200 decisions later.
    const shadow = rows
      .slice(200)
      .map((row) => ({ ...row, right: row.right || random.next() < 0.5, role: 'shadow' as const }));
    await track(storage, b, shadow);

    const { a: first, b: second, paired } = await registry.compareModels(a, b);
    const share = (list: readonly { readonly right: boolean }[]) => list.filter(({ right }) => right).length;
    expect([first.outcomes, first.correct]).toEqual([600, share(rows)]);
    expect([second.outcomes, second.correct]).toEqual([400, share(shadow)]);
    expect(first.accuracy!.lower).toBeLessThan(share(rows) / 600);
    expect(paired).toMatchObject({ decisions: 400, from: 1_000 + 200 * 3_600_000, to: 1_000 + 599 * 3_600_000 });
    expect(paired!.accuracyA).toBe(share(rows.slice(200)) / 400);
    expect(paired!.accuracyB).toBe(share(shadow) / 400);
    expect(paired!.disagreements).toBe(share(shadow) - share(rows.slice(200)));
    expect(paired!.accuracy.mean).toBeCloseTo(paired!.accuracyA - paired!.accuracyB, 12);
    expect(paired!.accuracy.upper).toBeLessThan(-0.15);
    expect(paired!.accuracy.lower).toBeGreaterThan(-0.35);
    expect(paired!.netReturn).toBeUndefined();
    expect(await registry.compareModels(a, b)).toEqual(await registry.compareModels(a, b));
  });

  it('widens the interval by what blocks miss of labels that overlap, as the gate does', async () => {
    const { registry, storage, a, b } = await twoVersions();
    const random = keyedRandom('overlap', 1);
    const rows = Array.from({ length: 400 }, (_, i) => ({ decision: `d${i}`, right: random.next() < 0.5 }));
    await track(
      storage,
      a,
      rows.map((row) => ({ ...row, role: 'live' as const })),
      10,
    );
    const other = rows.map((row) => ({ ...row, right: random.next() < 0.5, role: 'shadow' as const }));
    await track(storage, b, other, 10);
    const { paired } = await registry.compareModels(a, b);
    // Overlap 10: blocks of 2 · 9 + ⌈400^(1/3)⌉, which miss a share (10 − 1/10) / (3 · 26) of the variance.
    expect(paired!.blockLength).toBe(26);
    const plain = blockBootstrapMean(
      rows.map(({ right }, i) => Number(right) - Number(other[i]!.right)),
      {
        blockLength: 26,
        replicates: 2_000,
        confidenceLevel: 0.95,
        nullMean: 0,
        seed: canonicalJson(['compare-models', a, b]),
      },
    );
    const { lower, upper, mean } = paired!.accuracy;
    expect(mean).toBeCloseTo(plain.mean, 12);
    const wider = 1 / Math.sqrt(1 - 9.9 / 78);
    expect((upper! - lower!) / (plain.upper - plain.lower)).toBeCloseTo(wider, 9);
  });

  it('takes the other side when asked the other way round', async () => {
    const { registry, storage, a, b } = await twoVersions();
    const rows = Array.from({ length: 40 }, (_, i) => ({
      decision: `d${i}`,
      right: i % 2 === 0,
      netReturn: 0.01,
      role: 'live' as const,
    }));
    await track(storage, a, rows);
    await track(
      storage,
      b,
      rows.map((row) => ({ ...row, right: true, netReturn: 0.03, role: 'shadow' as const })),
    );
    const { paired } = await registry.compareModels(b, a);
    expect(paired!.accuracy.mean).toBe(0.5);
    expect(paired!.netReturn!.mean).toBeCloseTo(0.02, 12);
  });

  it('gives a difference without an interval on too few decisions, and none without a common one', async () => {
    const { registry, storage, a, b } = await twoVersions();
    const bare = await registry.compareModels(a, b);
    expect(bare.paired).toBeUndefined();
    expect(bare.a).toMatchObject({ outcomes: 0, correct: 0 });
    expect(bare.a.accuracy).toBeUndefined();
    await track(storage, a, [{ decision: 'd1', right: true, role: 'live' }]);
    await track(storage, b, [
      { decision: 'd1', right: false, role: 'shadow' },
      { decision: 'd2', right: true, role: 'shadow' },
    ]);
    const { paired } = await registry.compareModels(a, b);
    expect(paired).toMatchObject({ decisions: 1, accuracy: { mean: 1 } });
    expect(paired!.accuracy.lower).toBeUndefined();
  });

  it('names what differs in parameters and metrics, and whether the data was the same', async () => {
    const { registry, a, b } = await twoVersions();
    expect(await registry.compareModels(a, b)).toMatchObject({
      hyperparameters: { depth: { a: 3, b: 4 } },
      trainingMetrics: { sharpe_ratio: { a: undefined, b: 1 } },
      sameData: true,
      sameFeatures: true,
    });
    expect(Object.keys((await registry.compareModels(a, b)).hyperparameters)).toEqual(['depth']);
    expect((await registry.compareModels(a, a)).trainingMetrics).toEqual({});
  });

  it('refuses an unknown version and impossible options', async () => {
    const { registry, a, b } = await twoVersions();
    await expect(registry.compareModels(a, 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(registry.compareModels(a, b, { limit: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(registry.compareModels(a, b, { confidenceLevel: 1 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  });
});
