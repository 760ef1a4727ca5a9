import { matrixFromRows } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import {
  fitFeatureScaling,
  scaledFeatures,
  standardMoments,
} from '../../../../packages/models/src/lstm/feature-scaling.ts';
import { pauseFor } from '../../../../packages/models/src/lstm/pause.ts';

const pause = pauseFor(new AbortController().signal);

describe('fitFeatureScaling', () => {
  it('takes mean and population standard deviation of the rows named, by hand', async () => {
    const features = matrixFromRows([
      [1, 5],
      [3, 5],
      [8, 5],
      [1e6, 7],
    ]);
    const { mean, scale } = await fitFeatureScaling(features, [0, 1, 2], pause);
    // (1 + 3 + 8) / 3 = 4; ((−3)² + (−1)² + 4²) / 3 = 26 / 3. The second column is constant over these rows.
    expect([...mean]).toEqual([4, 5]);
    expect(scale[0]).toBeCloseTo(Math.sqrt(26 / 3), 14);
    expect(scale[1]).toBe(1);
  });

  it('keeps its digits far from 0', () => {
    const { mean, scale } = standardMoments(4, (i) => 1e9 + [1, 2, 3, 4][i]!);
    expect(mean).toBe(1e9 + 2.5);
    expect(scale).toBeCloseTo(Math.sqrt(1.25), 12);
  });

  it('has scale 1 where values are equal, or nearer to each other than doubles can square', () => {
    expect(standardMoments(3, () => 0.1)).toEqual({ mean: 0.1, scale: 1 });
    expect(standardMoments(2, (i) => i * 5e-324).scale).toBe(1);
  });

  it('makes columns of mean 0 and spread 1', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => [Math.sin(i) * 40 + 900, i ** 2]);
    const features = matrixFromRows(rows);
    const scaling = await fitFeatureScaling(features, Array.from(rows.keys()), pause);
    const scaled = await scaledFeatures(features, scaling, pause);
    for (const column of [0, 1]) {
      const { mean, scale } = standardMoments(50, (i) => scaled[2 * i + column]!);
      expect(mean).toBeCloseTo(0, 6);
      expect(scale).toBeCloseTo(1, 6);
    }
  });

  it('names the place of a value it cannot take, also far down', async () => {
    const features = matrixFromRows(Array.from({ length: 300_000 }, (_, i) => [i === 299_999 ? 1e300 : i % 2]));
    const scaling = { mean: Float64Array.of(0), scale: Float64Array.of(1) };
    await expect(scaledFeatures(features, scaling, pause)).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      message: expect.stringMatching(/got 1e\+300 in row 299999, column 0/),
    });
  });
});
