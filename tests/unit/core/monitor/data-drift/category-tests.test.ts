import { chiSquareTest, correctPValues, type PValueCorrection } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface ChiSquareCase {
  readonly input: { readonly reference: readonly number[]; readonly current: readonly number[] };
  readonly expected: Readonly<
    Record<'statistic' | 'degreesOfFreedom' | 'pValue' | 'cramersV' | 'smallestExpected', number>
  >;
}

const golden = readGolden<ChiSquareCase>('drift-chi-square');
const corrected = readGolden<{
  readonly input: readonly number[];
  readonly expected: Readonly<Record<PValueCorrection, readonly number[]>>;
}>('drift-p-value-correction');
const countsOf = (counts: readonly number[]) => new Map(counts.map((count, i) => [`c${i}`, count]));

describe('chi-square test of homogeneity', () => {
  it.each(golden.cases)('equals scipy.stats.chi2_contingency, case %#', ({ input, expected }) => {
    const result = chiSquareTest(countsOf(input.reference), countsOf(input.current), { minExpected: 0 });
    for (const [name, value] of Object.entries(expected)) {
      expect(excess(result[name as keyof typeof expected]!, value, golden.tolerance), name).toBeLessThanOrEqual(0);
    }
    expect(result.pooled).toEqual([]);
  });

  it('is (observed − expected)²/expected summed over four cells', () => {
    const result = chiSquareTest(countsOf([60, 40]), countsOf([40, 60]));
    expect(result.statistic).toBeCloseTo(4 * (10 ** 2 / 50), 12);
    expect(result.cramersV).toBeCloseTo(Math.sqrt(8 / 200), 12);
  });

  it('counts categories the reference never had, and names them', () => {
    const result = chiSquareTest(
      new Map([['a', 50]]),
      new Map([
        ['a', 30],
        ['new', 20],
      ]),
    );
    expect(result.unseen).toEqual(['new']);
    expect(result.degreesOfFreedom).toBe(1);
    expect(result.pValue).toBeLessThan(1e-4);
  });

  it('pools the rarest categories until their expected count suffices, and names them', () => {
    const reference = new Map([
      ['a', 500],
      ['b', 480],
      ['r1', 3],
      ['r2', 7],
      ['r3', 10],
    ]);
    const current = new Map([
      ['a', 50],
      ['b', 40],
      ['r1', 2],
      ['r2', 3],
      ['r4', 5],
    ]);
    // the current sample holds 100 of 1,100: an expected count of 5 needs 55 in total, and all of r1 … r4 are 30
    const result = chiSquareTest(reference, current);
    expect(result.pooled).toEqual(['b', 'r1', 'r2', 'r3', 'r4']);
    expect(result.degreesOfFreedom).toBe(1);
    expect(result.smallestExpected).toBeGreaterThanOrEqual(5);
    const looser = chiSquareTest(reference, current, { minExpected: 2 });
    expect(looser.pooled).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(looser.smallestExpected).toBeCloseTo((30 * 100) / 1100, 12);
    expect(chiSquareTest(reference, current, { minExpected: 0 }).pooled).toEqual([]);
  });

  it('has no p-value with one category', () => {
    const result = chiSquareTest(new Map([['a', 5]]), new Map([['a', 9]]));
    expect(result).toMatchObject({ statistic: 0, degreesOfFreedom: 0, unseen: [], pooled: [] });
    expect(result.pValue).toBeUndefined();
    expect(result.cramersV).toBeUndefined();
  });

  it('does not depend on which sample is which', () => {
    const counts = fc
      .array(fc.nat(60), { minLength: 5, maxLength: 5 })
      .filter((each) => each.some((count) => count > 0));
    fc.assert(
      fc.property(counts, counts, (r, c) => {
        const there = chiSquareTest(countsOf(r), countsOf(c));
        const back = chiSquareTest(countsOf(c), countsOf(r));
        expect(there.statistic).toBeCloseTo(back.statistic, 9);
        expect(there.pooled).toEqual(back.pooled);
        expect(there.cramersV ?? 0).toBeLessThanOrEqual(1);
      }),
      { seed: 8 },
    );
  });

  it('refuses bad input', () => {
    expect(() => chiSquareTest(new Map(), new Map())).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => chiSquareTest(countsOf([1]), countsOf([0]))).toThrow(
      'current counts must hold at least 1 value; got 0',
    );
    expect(() => chiSquareTest(countsOf([Number.NaN]), countsOf([1]))).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
    expect(() => chiSquareTest(countsOf([1]), countsOf([1]), { minExpected: -1 })).toThrow('minExpected must be ≥ 0');
  });
});

describe('corrected p-values', () => {
  it.each(corrected.cases)('equal the definition and SciPy, case %#', ({ input, expected }) => {
    for (const correction of ['holm', 'benjamini-hochberg'] as const) {
      correctPValues(input, correction).forEach((p, i) => {
        expect(excess(p, expected[correction][i]!, corrected.tolerance)).toBeLessThanOrEqual(0);
      });
    }
  });

  it('are arithmetic by hand, and nothing for nothing', () => {
    const holm = correctPValues([0.01, 0.04, 0.03], 'holm');
    [3 * 0.01, 2 * 0.03, 2 * 0.03].forEach((p, i) => {
      expect(holm[i]).toBeCloseTo(p, 15);
    });
    expect(correctPValues([], 'holm')).toEqual([]);
  });

  it('refuses what is no p-value', () => {
    expect(() => correctPValues([1.1], 'holm')).toThrow('pValues[0] must be in [0, 1]; got 1.1');
    expect(() => correctPValues([Number.NaN], 'holm')).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    // @ts-expect-error: not a correction
    expect(() => correctPValues([], 'bonferroni')).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
  });
});
