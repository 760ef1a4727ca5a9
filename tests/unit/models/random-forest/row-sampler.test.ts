import { keyedRandom } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { rowSampler } from '../../../../packages/models/src/random-forest/library/row-sampler.ts';

const random = (key: number) => keyedRandom('row-sampler', key);

describe('rowSampler', () => {
  it('without replacement takes distinct rows in order', () => {
    const draw = rowSampler({ rows: 100, size: 40, replacement: false });
    const rows = draw(random(0));
    expect(new Set(rows).size).toBe(40);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
  });

  it('without replacement takes every row when all are asked for', () => {
    const draw = rowSampler({ rows: 50, size: 50, replacement: false });
    expect(draw(random(0))).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it.each([
    ['without replacement', { replacement: false }, [1 / 4, 1 / 4, 1 / 4, 1 / 4]],
    ['with replacement', { replacement: true }, [1 / 4, 1 / 4, 1 / 4, 1 / 4]],
    ['by weight', { replacement: true, weights: Float64Array.of(1, 0, 5, 2) }, [1 / 8, 0, 5 / 8, 2 / 8]],
  ])('%s draws each row as often as it should', (_, options, shares) => {
    const draw = rowSampler({ rows: 4, size: 2, ...options });
    const counts = [0, 0, 0, 0];
    const draws = 20_000;
    for (let i = 0; i < draws; i++) for (const row of draw(random(i))) counts[row]!++;
    shares.forEach((share, row) => {
      // Four standard errors of a share of 40,000 draws are below 0.01.
      expect(Math.abs(counts[row]! / (2 * draws) - share)).toBeLessThan(0.01);
    });
    shares.forEach((share, row) => {
      if (share === 0) expect(counts[row]).toBe(0);
    });
  });

  it('refuses weights without a sum', () => {
    const weights = new Float64Array(3);
    expect(() => rowSampler({ rows: 3, size: 2, replacement: true, weights })).toThrow(/finite sum above 0; got 0/);
  });
});
