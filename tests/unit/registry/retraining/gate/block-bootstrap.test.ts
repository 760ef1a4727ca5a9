import { keyedRandom, randomNormal } from '@mlperf/core';
import { blockBootstrapMean } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';

const options = { blockLength: 4, replicates: 2_000, confidenceLevel: 0.95, nullMean: 0, seed: 'a' };

function normals(seed: string, count: number): number[] {
  const random = keyedRandom(seed);
  return Array.from({ length: count }, () => randomNormal(random));
}

describe('the block bootstrap', () => {
  it('gives a point for values that do not vary', () => {
    const result = blockBootstrapMean(new Array<number>(100).fill(1), options);
    expect(result).toEqual({ mean: 1, lower: 1, upper: 1, standardError: 0, pValue: 1 / 2_001 });
  });

  it('finds nothing in values that are all 0', () => {
    const result = blockBootstrapMean(new Array<number>(100).fill(0), options);
    expect(result).toEqual({ mean: 0, lower: 0, upper: 0, standardError: 0, pValue: 1 });
  });

  it('is fixed by its seed and moved by another', () => {
    const values = normals('values', 200);
    expect(blockBootstrapMean(values, options)).toEqual(blockBootstrapMean(values, options));
    expect(blockBootstrapMean(values, { ...options, seed: 'b' })).not.toEqual(blockBootstrapMean(values, options));
  });

  it('moves and stretches with its values', () => {
    const values = normals('values', 200);
    const base = blockBootstrapMean(values, options);
    const moved = blockBootstrapMean(
      values.map((x) => 2 * x + 3),
      options,
    );
    expect(moved.lower).toBeCloseTo(2 * base.lower + 3, 10);
    expect(moved.upper).toBeCloseTo(2 * base.upper + 3, 10);
    expect(moved.standardError).toBeCloseTo(2 * base.standardError, 10);
  });

  it('has the standard error of the mean, √(s²/n), for independent values and blocks of one', () => {
    const values = normals('values', 1_000);
    const mean = values.reduce((a, b) => a + b) / 1_000;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 1_000;
    const result = blockBootstrapMean(values, { ...options, blockLength: 1, replicates: 20_000 });
    expect(result.standardError / Math.sqrt(variance / 1_000)).toBeGreaterThan(0.98);
    expect(result.standardError / Math.sqrt(variance / 1_000)).toBeLessThan(1.02);
  });

  it('is as wide as Student would have it for blocks of one', () => {
    const values = normals('values', 20);
    const mean = values.reduce((a, b) => a + b) / 20;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 19);
    const result = blockBootstrapMean(values, { ...options, blockLength: 1, replicates: 50_000 });
    // t(0.975; 19) = 2.093024
    const halfWidth = (2.093024 * deviation) / Math.sqrt(20);
    expect((result.upper - result.lower) / (2 * halfWidth)).toBeGreaterThan(0.93);
    expect((result.upper - result.lower) / (2 * halfWidth)).toBeLessThan(1.07);
  });

  it('widens when neighbours move together and blocks hold them', () => {
    const values = normals('values', 100).flatMap((x) => [x, x, x, x, x]);
    const blind = blockBootstrapMean(values, { ...options, blockLength: 1 });
    const seeing = blockBootstrapMean(values, { ...options, blockLength: 10 });
    expect(seeing.standardError / blind.standardError).toBeGreaterThan(1.8);
  });

  it.each([
    ['no values', [], {}, 'EMPTY_INPUT'],
    ['NaN', [...new Array<number>(99).fill(0), Number.NaN], {}, 'NOT_FINITE'],
    ['too few blocks', new Array<number>(39).fill(0), {}, 'OUT_OF_RANGE'],
    ['an empty block', new Array<number>(100).fill(0), { blockLength: 0 }, 'OUT_OF_RANGE'],
    ['too few replicates', new Array<number>(100).fill(0), { replicates: 10 }, 'OUT_OF_RANGE'],
    ['a level in per cent', new Array<number>(100).fill(0), { confidenceLevel: 95 }, 'OUT_OF_RANGE'],
    ['a null mean that is no number', new Array<number>(100).fill(0), { nullMean: Number.NaN }, 'NOT_FINITE'],
  ])('refuses %s', (_what, values, change, code) => {
    expect(() => blockBootstrapMean(values, { ...options, ...change })).toThrow(expect.objectContaining({ code }));
  });
});
