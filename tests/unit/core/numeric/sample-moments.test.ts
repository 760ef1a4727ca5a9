import { mean, requirePairedFinite, sampleVariance } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('mean and sampleVariance', () => {
  it('are worked out by hand', () => {
    expect(mean([1, 2, 6])).toBe((1 + 2 + 6) / 3);
    expect(sampleVariance([1, 2, 6])).toBe((4 + 1 + 9) / 2);
  });

  it('at one value are the value and undefined', () => {
    expect(mean([4])).toBe(4);
    expect(sampleVariance([4])).toBeUndefined();
    expect(sampleVariance([4, 4])).toBe(0);
  });

  it('do not lose a small spread on a large mean', () => {
    expect(sampleVariance([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBe((36 + 9 + 9 + 36) / 3);
    expect(mean([1e100, 1, -1e100])).toBe(1 / 3);
  });

  it('follow a shift and a scale', () => {
    const ticks = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(ticks, fc.integer({ min: -1000, max: 1000 }), (list, shift) => {
        const moved = list.map((x) => 4 * x + shift);
        expect(mean(moved)).toBeCloseTo(4 * mean(list) + shift, 9);
        expect(sampleVariance(moved)).toBeCloseTo(16 * sampleVariance(list)!, 6);
      }),
      { seed: 56 },
    );
  });

  it('refuse an empty sample, NaN and infinities', () => {
    for (const statistic of [mean, sampleVariance]) {
      expect(() => statistic([])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
      expect(() => statistic([1, Number.NaN])).toThrow('values[1] must be a finite number; got NaN');
      expect(() => statistic(Float64Array.of(Number.POSITIVE_INFINITY))).toThrow(
        expect.objectContaining({ code: 'NOT_FINITE' }),
      );
    }
  });
});

describe('requirePairedFinite', () => {
  it('takes samples of one length', () => {
    expect(() => requirePairedFinite([1, 2], Float64Array.of(3, 4))).not.toThrow();
  });

  it('refuses other lengths and values, naming the sample', () => {
    expect(() => requirePairedFinite([], [])).toThrow('yTrue must hold at least 1 value; got 0');
    expect(() => requirePairedFinite([1, 2, 3], [1, 2])).toThrow('yPred must have 3 values to match yTrue; got 2');
    expect(() => requirePairedFinite([1], [Number.NaN])).toThrow('yPred[0] must be a finite number; got NaN');
  });
});
