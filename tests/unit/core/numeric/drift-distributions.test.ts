import { chiSquareUpperTail, kolmogorovUpperTail, logGamma, regularizedGammaP, regularizedGammaQ } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../read-golden.ts';

interface Case {
  readonly input: {
    readonly function: string;
    readonly at: readonly number[];
    readonly a?: number;
    readonly df?: number;
  };
  readonly expected: readonly number[];
}

const golden = readGolden<Case>('drift-distributions');

function evaluate({ function: name, a = 1, df = 1 }: Case['input'], x: number): number {
  if (name === 'P') return regularizedGammaP(a, x);
  if (name === 'Q') return regularizedGammaQ(a, x);
  if (name === 'logGamma') return logGamma(x);
  return name === 'kolmogorov' ? kolmogorovUpperTail(x) : chiSquareUpperTail(x, df);
}

describe('the distributions behind the p-values', () => {
  it.each(golden.cases)(
    '$input.function a=$input.a df=$input.df equals SciPy, tails included',
    ({ input, expected }) => {
      expect(input.at.length).toBeGreaterThan(2);
      const off = input.at
        .map((x, i) => ({ x, got: evaluate(input, x), expected: expected[i]! }))
        .filter(({ got, expected: right }) => !(excess(got, right, golden.tolerance) <= 0));
      expect(off).toEqual([]);
    },
  );

  it('keeps P + Q = 1 and both in [0, 1]', () => {
    const positive = fc.double({ min: 1e-6, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (a, x) => {
        const p = regularizedGammaP(a, x);
        const q = regularizedGammaQ(a, x);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(q).toBeGreaterThanOrEqual(0);
        expect(p + q).toBeCloseTo(1, 12);
      }),
      { seed: 11 },
    );
  });

  it('follows Γ(a + 1) = a · Γ(a)', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (a) => {
        const scale = Math.max(1, Math.abs(logGamma(a)));
        expect(Math.abs(logGamma(a + 1) - logGamma(a) - Math.log(a)) / scale).toBeLessThan(1e-13);
      }),
      { seed: 12 },
    );
  });

  it('has exact ends and agrees with arithmetic', () => {
    expect([regularizedGammaP(2, 0), regularizedGammaQ(2, 0)]).toEqual([0, 1]);
    expect([regularizedGammaP(2, Infinity), regularizedGammaQ(2, Infinity)]).toEqual([1, 0]);
    expect([kolmogorovUpperTail(0), kolmogorovUpperTail(Infinity)]).toEqual([1, 0]);
    expect(regularizedGammaQ(1, 2)).toBeCloseTo(Math.exp(-2), 15);
    expect(logGamma(5)).toBeCloseTo(Math.log(1 * 2 * 3 * 4), 14);
    expect(chiSquareUpperTail(3.841458820694124, 1)).toBeCloseTo(0.05, 14);
  });

  it('has one Kolmogorov curve where its two series meet', () => {
    expect(kolmogorovUpperTail(1.2 - 1e-12)).toBeCloseTo(kolmogorovUpperTail(1.2), 11);
  });

  it('is right where SciPy stops its series too early: P(1e6, 995000) by mpmath 1.4.1 with 40 digits', () => {
    expect(regularizedGammaP(1e6, 995_000) / 2.749580359270071e-7).toBeCloseTo(1, 11);
  });

  it('refuses what is no argument', () => {
    expect(() => regularizedGammaP(0, 1)).toThrow('a must be > 0; got 0');
    expect(() => regularizedGammaQ(Number.NaN, 1)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => regularizedGammaQ(1, -1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => kolmogorovUpperTail(Number.NaN)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => chiSquareUpperTail(1, 0)).toThrow('degreesOfFreedom must be > 0; got 0');
    expect(() => logGamma(-1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
