import { createDataset, type Dataset, keyedRandom, type Matrix, type RowPredictor } from '@mlperf/core';
import { accuracyScoring, logLossScoring, permutationImportance } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { blockShuffle, defaultBlockRows } from '../../../../packages/tuning/src/optimizer/explanation/block-shuffle.ts';
import { featureClusters } from '../../../../packages/tuning/src/optimizer/explanation/feature-clusters.ts';

const random = keyedRandom('permutation');

/** Columns: the signal, a copy of it in another unit, noise. Up where the signal is above 0. */
function data(rows: number, groups?: Int32Array): Dataset {
  const times = Array.from({ length: rows }, (_, i) => i);
  const features = times.map(() => {
    const signal = random.next() - 0.5;
    return [signal, 100 * signal ** 3, random.next()];
  });
  return createDataset({
    features,
    featureNames: ['signal', 'cubed', 'noise'],
    targets: features.map(([signal]) => (signal! > 0 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps: times,
    labelEndsAt: times.map((time) => time + 1),
    ...(groups === undefined ? {} : { groups, groupNames: ['a', 'b'] }),
  });
}

/** Knows the answer from one column, `lookBack` rows before. */
function knower(column: number, lookBack = 0): RowPredictor {
  return {
    classes: ['down', 'up'],
    lookBack,
    predict({ values, rows, columns }: Matrix) {
      const out = new Float64Array(2 * (rows - lookBack));
      for (let row = 0; row < rows - lookBack; row++) {
        const up = values[(row + lookBack) * columns + column]! > 0 ? 0.9 : 0.1;
        out.set([1 - up, up], 2 * row);
      }
      return out;
    },
  };
}

describe('permutation importance', () => {
  it('is half the accuracy for the one feature a model knows, and nothing for the others', async () => {
    const options = { metric: accuracyScoring, seed: 's', clusterAbove: 1, repeats: 20, blockRows: 1 };
    const rows = data(600);
    // A cube keeps the order, so that even at 1 the copy is shuffled along.
    const found = await permutationImportance(knower(0), rows, options);
    expect(found.map(({ features }) => features)).toEqual([['signal', 'cubed'], ['noise']]);
    expect(found[0]!.mean).toBeGreaterThan(0.45);
    expect(found[0]!.mean).toBeLessThan(0.55);
    expect(found[1]).toEqual({ features: ['noise'], mean: 0, std: 0 });
    expect(await permutationImportance(knower(0), rows, options)).toEqual(found);
  });

  it('of a loss is positive too, and says how far the shuffles lie apart', async () => {
    const [first] = await permutationImportance(knower(0), data(300), { metric: logLossScoring, seed: 's' });
    expect(first!.mean).toBeGreaterThan(0.5);
    expect(first!.std).toBeGreaterThan(0);
    expect(first!.std).toBeLessThan(0.3);
  });

  it('of a model that looks back leaves out the rows it cannot answer', async () => {
    const [first] = await permutationImportance(knower(0, 3), data(300), { metric: accuracyScoring, seed: 's' });
    expect(first!.features).toContain('signal');
    expect(first!.mean).toBeGreaterThan(0.3);
  });

  it('refuses what it cannot judge', async () => {
    const options = { metric: accuracyScoring, seed: 's' };
    const rows = data(30);
    const refused = (change: object) => permutationImportance(knower(0), rows, { ...options, ...change });
    await expect(refused({ repeats: 1 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(refused({ blockRows: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(refused({ clusterAbove: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(permutationImportance(knower(0, 30), rows, options)).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
    });
    await expect(refused({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a block shuffle', () => {
  it('takes every row once, within its series, in runs as long as the blocks', () => {
    const groups = Int32Array.from({ length: 200 }, (_, i) => i % 2);
    const source = blockShuffle(data(200, groups), 10, keyedRandom('s'));
    expect([...source].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    source.forEach((from, row) => {
      expect(from % 2).toBe(row % 2);
    });
    const ofFirst = [...source].filter((_, row) => row % 2 === 0);
    const breaks = ofFirst.filter((from, i) => i > 0 && from !== ofFirst[i - 1]! + 2).length;
    // Ten blocks, one of which holds the seam of the turned series.
    expect(breaks).toBeGreaterThan(3);
    expect(breaks).toBeLessThanOrEqual(10);
  });

  it('has blocks longer than the labels overlap', () => {
    const timestamps = Float64Array.from({ length: 1_000 }, (_, i) => i);
    expect(defaultBlockRows({ timestamps, labelEndsAt: timestamps.map((t) => t + 1) })).toBe(10);
    expect(defaultBlockRows({ timestamps, labelEndsAt: timestamps.map((t) => t + 5) })).toBe(18);
  });
});

describe('clusters of features', () => {
  it('hold what correlates by rank, whatever the unit, the sign and the shape', () => {
    const rows = Array.from({ length: 50 }, (_, i) => [i, -Math.exp(i / 10), (i * 7) % 50, 5]);
    const features = { values: Float64Array.from(rows.flat()), rows: 50, columns: 4 };
    expect(featureClusters({ features }, 0.95)).toEqual([[0, 1], [2], [3]]);
  });
});
