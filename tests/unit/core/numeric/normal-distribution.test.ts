import { normalCdf, normalQuantile } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../read-golden.ts';

interface Case {
  readonly input: { readonly function: 'cdf' | 'quantile'; readonly at: readonly number[] };
  readonly expected: readonly number[];
}

const golden = readGolden<Case>('normal-distribution');

describe('the standard normal distribution', () => {
  it.each(golden.cases)('has the exact $input.function to 1e-15, far tails included', ({ input, expected }) => {
    const evaluate = input.function === 'cdf' ? normalCdf : normalQuantile;
    expect(input.at.length).toBeGreaterThan(60);
    const wrong = input.at.filter((at, i) => excess(evaluate(at), expected[i]!, golden.tolerance) > 0);
    expect(wrong).toEqual([]);
  });

  it('has exact values at the middle and the ends', () => {
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(-0)).toBe(0.5);
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(normalCdf(-50)).toBe(0);
    expect(normalCdf(1e308)).toBe(1);
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is symmetric and never falls', () => {
    const z = fc.double({ min: -38, max: 38, noNaN: true });
    fc.assert(
      fc.property(z, z, (a, b) => {
        expect(normalCdf(a) + normalCdf(-a)).toBeCloseTo(1, 15);
        if (Math.abs(a - b) > 1e-12) expect(normalCdf(Math.min(a, b))).toBeLessThanOrEqual(normalCdf(Math.max(a, b)));
      }),
      { seed: 51 },
    );
  });

  it('has a quantile that undoes the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: -37, max: 5, noNaN: true }), (z) => {
        const p = normalCdf(z);
        // Near 1 a probability keeps few digits of z: its spacing, 1.1e-16, over the density.
        const lost = 2.3e-16 / Math.exp((-z * z) / 2);
        expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(z > 0 ? 1e-14 + lost : 4e-15 * Math.max(1, -z));
      }),
      { seed: 52 },
    );
  });

  it('refuses NaN and what is no probability', () => {
    expect(() => normalCdf(Number.NaN)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => normalQuantile(Number.NaN)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => normalQuantile(1.5)).toThrow('p must be from 0 to 1; got 1.5');
    expect(() => normalQuantile(-1e-9)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
