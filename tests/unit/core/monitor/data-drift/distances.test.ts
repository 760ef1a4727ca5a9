import {
  type BinRule,
  countByBin,
  jensenShannonDistance,
  jensenShannonDivergence,
  kolmogorovSmirnov,
  normalizedWassersteinDistance,
  populationStabilityIndex,
  populationStabilityIndexOf,
  referenceBinEdges,
  wassersteinDistance,
  type ZeroRule,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface BinnedCase {
  readonly bins: number;
  readonly binRule: BinRule;
  readonly zeroRule: ZeroRule;
  readonly referenceCounts: readonly number[];
  readonly currentCounts: readonly number[];
  readonly psi: number;
  readonly jensenShannonBase2: number;
  readonly jensenShannonBaseE: number;
}
interface DistanceCase {
  readonly input: {
    readonly label: string;
    readonly reference: readonly number[];
    readonly current: readonly number[];
  };
  readonly expected: {
    readonly wasserstein: number;
    readonly normalizedWasserstein?: number;
    readonly ks: number;
    readonly ksExact?: number;
    readonly ksAsymptotic: number;
    readonly binned: readonly BinnedCase[];
  };
}

const golden = readGolden<DistanceCase>('drift-distances');
const ties = readGolden<{
  readonly input: { readonly reference: readonly number[]; readonly current: readonly number[] };
  readonly expected: { readonly statistic: number; readonly pValue: number };
}>('drift-kolmogorov-smirnov-ties');
const near = (actual: number, expected: number) =>
  expect(excess(actual, expected, golden.tolerance)).toBeLessThanOrEqual(0);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const floor: ZeroRule = { rule: 'floor', share: 1e-4 };

describe.each(golden.cases)('drift distances of $input.label, against SciPy and numpy', ({ input, expected }) => {
  const { reference, current } = input;

  it('Wasserstein, raw and in reference deviations', () => {
    near(wassersteinDistance(reference, current), expected.wasserstein);
    const normalized = normalizedWassersteinDistance(reference, current);
    if (expected.normalizedWasserstein === undefined) expect(normalized).toBeUndefined();
    else near(normalized!, expected.normalizedWasserstein);
  });

  it('Kolmogorov–Smirnov, exact and asymptotic', () => {
    const asymptotic = kolmogorovSmirnov(reference, current, { method: 'asymptotic' });
    near(asymptotic.statistic, expected.ks);
    near(asymptotic.pValue, expected.ksAsymptotic);
    if (expected.ksExact === undefined) return;
    const exact = kolmogorovSmirnov(reference, current, { method: 'exact' });
    expect(exact.pValue / expected.ksExact).toBeCloseTo(1, 9);
    expect(exact.method).toBe('exact');
  });

  it('PSI and Jensen–Shannon, with every bin and zero rule honoured', () => {
    for (const each of expected.binned) {
      const edges = referenceBinEdges(sorted(reference), each);
      const r = countByBin(reference, edges);
      const c = countByBin(current, edges);
      expect(Array.from(r)).toEqual(each.referenceCounts);
      expect(Array.from(c)).toEqual(each.currentCounts);
      near(populationStabilityIndex(reference, current, each), each.psi);
      near(jensenShannonDistance(r, c), each.jensenShannonBase2);
      near(jensenShannonDistance(r, c, { base: Math.E }), each.jensenShannonBaseE);
    }
  });
});

describe('population stability index', () => {
  it('is the sum of share changes times log ratios', () => {
    const expected = (1 / 4 - 1 / 2) * Math.log(1 / 4 / (1 / 2)) + (3 / 4 - 1 / 2) * Math.log(3 / 4 / (1 / 2));
    expect(populationStabilityIndex([1, 2, 3, 4], [2, 3, 4, 5], { bins: 2, zeroRule: floor })).toBeCloseTo(
      expected,
      15,
    );
  });

  it('changes with each of its options', () => {
    const reference = Array.from({ length: 200 }, (_, i) => i ** 1.5);
    const current = Array.from({ length: 100 }, (_, i) => 20 * i);
    const values = [
      {},
      { bins: 5 },
      { binRule: 'equal-width' as const },
      { zeroRule: floor },
      { zeroRule: { rule: 'floor' as const, share: 1e-6 } },
      { zeroRule: { rule: 'smooth' as const, pseudoCount: 2 } },
    ].map((options) =>
      populationStabilityIndex(reference, current, { ...options, ...(options.bins ? {} : { bins: 20 }) }),
    );
    expect(new Set(values).size).toBe(values.length);
  });

  it('sees a constant reference left on either side', () => {
    const constant = [5, 5, 5, 5];
    expect(populationStabilityIndex(constant, constant)).toBe(0);
    for (const moved of [3, 7]) expect(populationStabilityIndex(constant, [moved, moved])).toBeGreaterThan(1);
    expect(referenceBinEdges([0, 0])).toHaveLength(2);
    expect(Array.from(countByBin([-1, 0, 1], referenceBinEdges([0])))).toEqual([1, 1, 1]);
  });

  it('refuses bad input', () => {
    expect(() => populationStabilityIndex([], [1])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => populationStabilityIndex([1], [])).toThrow('current must hold at least 1 value; got 0');
    expect(() => populationStabilityIndex([1, Number.NaN], [1])).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
    expect(() => populationStabilityIndex([1], [Number.POSITIVE_INFINITY])).toThrow(
      'current[0] must be a finite number',
    );
    expect(() => populationStabilityIndex([1, 2], [1], { bins: 1 })).toThrow(
      'bins must be a whole number from 2 to 1,000',
    );
    expect(() => populationStabilityIndex([1, 2], [1], { zeroRule: { rule: 'floor', share: 0 } })).toThrow('share');
    expect(() => populationStabilityIndex([1, 2], [1], { zeroRule: { rule: 'smooth', pseudoCount: 0 } })).toThrow(
      'pseudo',
    );
    expect(() => populationStabilityIndexOf([1, 2], [1])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    expect(() => populationStabilityIndexOf([1], [-1])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => populationStabilityIndexOf([0], [1])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => referenceBinEdges([2, 1])).toThrow(expect.objectContaining({ code: 'UNSORTED' }));
  });
});

describe('Kolmogorov–Smirnov', () => {
  it.each(ties.cases)('is exact with ties: every deal counted, case %#', ({ input, expected }) => {
    const result = kolmogorovSmirnov(input.reference, input.current);
    expect(result.statistic).toBeCloseTo(expected.statistic, 14);
    expect(result.pValue).toBeCloseTo(expected.pValue, 13);
  });

  it('is symmetric, and the share of two deals in twenty for three against three apart', () => {
    const apart = kolmogorovSmirnov([1, 2, 3], [4, 5, 6]);
    expect(apart).toMatchObject({ statistic: 1, method: 'exact' });
    expect(apart.pValue).toBeCloseTo(2 / 20, 15);
    const a = [1, 4, 2.5, 8];
    const b = [3, 4, 4, 9, 11, 0.5];
    expect(kolmogorovSmirnov(a, b)).toEqual(kolmogorovSmirnov(b, a));
  });

  it('says which method it used, and keeps a tail of 1e-20 exact', () => {
    const many = Array.from({ length: 501 }, (_, i) => i);
    expect(kolmogorovSmirnov(many, many).method).toBe('asymptotic');
    expect(kolmogorovSmirnov(many.slice(1), many.slice(101)).method).toBe('exact');
    const low = Array.from({ length: 36 }, (_, i) => i);
    const high = low.map((x) => x + 100);
    let deals = 1;
    for (let i = 1; i <= 36; i++) deals *= (36 + i) / i;
    expect((kolmogorovSmirnov(low, high).pValue * deals) / 2).toBeCloseTo(1, 10);
  });

  it('gives p = 1 to equal and to constant samples', () => {
    expect(kolmogorovSmirnov([1, 1, 1], [1, 1])).toMatchObject({ statistic: 0, pValue: 1 });
    expect(kolmogorovSmirnov([2], [2], { method: 'asymptotic' })).toMatchObject({ statistic: 0, pValue: 1 });
  });

  it('refuses bad input', () => {
    expect(() => kolmogorovSmirnov([], [1])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => kolmogorovSmirnov([1], [Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    // @ts-expect-error: not a method
    expect(() => kolmogorovSmirnov([1], [1], { method: 'fast' })).toThrow(
      expect.objectContaining({ code: 'INVALID_TYPE' }),
    );
    const huge = new Float64Array(40_000);
    expect(() => kolmogorovSmirnov(huge, huge, { method: 'exact' })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});

describe('distances as such', () => {
  const sample = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 30 });

  it('are 0 on the same sample in another order, symmetric, and shift with a shift', () => {
    fc.assert(
      fc.property(sample, sample, fc.double({ min: -50, max: 50, noNaN: true }), (a, b, shift) => {
        expect(wassersteinDistance(a, [...a].reverse())).toBe(0);
        expect(wassersteinDistance(a, b)).toBeCloseTo(wassersteinDistance(b, a), 9);
        expect(
          wassersteinDistance(
            a,
            a.map((x) => x + shift),
          ),
        ).toBeCloseTo(Math.abs(shift), 9);
        expect(kolmogorovSmirnov(a, [...a].reverse()).statistic).toBe(0);
        const { statistic, pValue } = kolmogorovSmirnov(a, b);
        expect(statistic).toBeGreaterThanOrEqual(0);
        expect(statistic).toBeLessThanOrEqual(1);
        expect(pValue).toBeGreaterThan(0);
        expect(pValue).toBeLessThanOrEqual(1 + 1e-12);
        expect(populationStabilityIndex(a, b)).toBeGreaterThanOrEqual(0);
      }),
      { seed: 3 },
    );
  });

  it('keeps Jensen–Shannon in [0, 1] in base 2, symmetric, and 1 for nothing in common', () => {
    expect(jensenShannonDistance([1, 0], [0, 3])).toBe(1);
    expect(jensenShannonDivergence([1, 0], [0, 3], { base: Math.E })).toBeCloseTo(Math.LN2, 15);
    const counts = fc
      .array(fc.nat(50), { minLength: 4, maxLength: 4 })
      .filter((each) => each.some((count) => count > 0));
    fc.assert(
      fc.property(counts, counts, (r, c) => {
        const divergence = jensenShannonDivergence(r, c);
        expect(divergence).toBeGreaterThanOrEqual(0);
        expect(divergence).toBeLessThanOrEqual(1 + 1e-15);
        expect(divergence).toBeCloseTo(jensenShannonDivergence(c, r), 14);
      }),
      { seed: 4 },
    );
  });

  it('has no normalised Wasserstein without spread, and refuses bad input', () => {
    expect(normalizedWassersteinDistance([2, 2], [3])).toBeUndefined();
    expect(normalizedWassersteinDistance([2], [3])).toBeUndefined();
    expect(() => wassersteinDistance([], [1])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => wassersteinDistance([1], [Number.NEGATIVE_INFINITY])).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
    expect(() => jensenShannonDivergence([1], [1], { base: 1 })).toThrow('base must be > 1; got 1');
    expect(() => jensenShannonDivergence([1], [Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});
