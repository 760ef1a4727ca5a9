import { readFileSync } from 'node:fs';
import { keyedRandom } from '@mlperf/core';
import { MAX_SOBOL_DIMENSIONS, SobolSequence } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

interface SobolCase {
  readonly input: { readonly dimensions: number; readonly from: number };
  readonly expected: readonly (readonly number[])[];
}
const golden: { readonly cases: readonly SobolCase[] } = JSON.parse(
  readFileSync(new URL('../../../../golden/sobol.json', import.meta.url), 'utf8'),
);

describe('SobolSequence', () => {
  it.each(golden.cases)("has SciPy's points: $input", ({ input, expected }) => {
    const sequence = new SobolSequence(input.dimensions);
    expect(expected.map((_, i) => [...sequence.point(input.from + i)])).toEqual(expected);
  });

  it('has the dimensions that a large space needs', () => {
    expect(MAX_SOBOL_DIMENSIONS).toBeGreaterThanOrEqual(64);
    expect(() => new SobolSequence(MAX_SOBOL_DIMENSIONS + 1)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
    expect(() => new SobolSequence(0)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => new SobolSequence(1).point(2 ** 32)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => new SobolSequence(1).point(-1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  describe('scrambled', () => {
    it('puts one of 2^m points into each of 2^m slices of every dimension', () => {
      const sequence = new SobolSequence(MAX_SOBOL_DIMENSIONS, keyedRandom('slices'));
      const slices = Array.from({ length: MAX_SOBOL_DIMENSIONS }, () => new Set<number>());
      for (let n = 0; n < 256; n++) {
        const point = sequence.point(n);
        for (const [d, slice] of slices.entries()) slice.add(Math.floor(point[d]! * 256));
      }
      for (const slice of slices) expect(slice.size).toBe(256);
    });

    it('keeps the first two dimensions a net: one of 64 points in each box of area 1/64', () => {
      const sequence = new SobolSequence(2, keyedRandom('net'));
      for (let across = 0; across <= 6; across++) {
        const boxes = new Set<string>();
        for (let n = 0; n < 64; n++) {
          const [x = 0, y = 0] = sequence.point(n);
          boxes.add(`${Math.floor(x * 2 ** across)} ${Math.floor(y * 2 ** (6 - across))}`);
        }
        expect(boxes.size).toBe(64);
      }
    });

    it('makes each point uniform over the seeds', () => {
      const means = new Float64Array(8);
      const SEEDS = 2_000;
      for (let seed = 0; seed < SEEDS; seed++) {
        const point = new SobolSequence(8, keyedRandom('uniform', seed)).point(5);
        for (const [d, x] of point.entries()) means[d] = means[d]! + x / SEEDS;
      }
      // The standard deviation of a mean is 1/√(12 · 2,000) = 0.0065.
      for (const mean of means) expect(Math.abs(mean - 0.5)).toBeLessThan(4.5 * 0.0065);
    });

    it('integrates with a smaller error than random points', () => {
      // ∏ (1 + (xᵢ − ½)) over six dimensions has the mean 1.
      const errorOf = (pointAt: (n: number) => ArrayLike<number>) => {
        let sum = 0;
        for (let n = 0; n < 1_024; n++) {
          sum += Array.from(pointAt(n)).reduce((product, x) => product * (0.5 + x), 1);
        }
        return Math.abs(sum / 1_024 - 1);
      };
      let sobol = 0;
      let random = 0;
      for (let seed = 0; seed < 20; seed++) {
        const sequence = new SobolSequence(6, keyedRandom('integral', seed));
        const source = keyedRandom('plain', seed);
        sobol += errorOf((n) => sequence.point(n));
        random += errorOf(() => Float64Array.from({ length: 6 }, () => source.next()));
      }
      expect(sobol).toBeLessThan(random / 10);
    });
  });
});
