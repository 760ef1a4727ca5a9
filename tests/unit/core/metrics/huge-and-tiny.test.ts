import {
  chiSquareTest,
  mean,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  normalizedWassersteinDistance,
  rootMeanSquaredError,
  sampleVariance,
  sharpeRatio,
  sortinoRatio,
  strategyReturns,
  turnover,
  wassersteinDistance,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const FREE = { proportionalCost: 0.001, costPerTrade: 0.001 };
const YEAR = 252;

/** Every figure of two samples of n ≥ 2 numbers. */
const FIGURES: Readonly<Record<string, (a: number[], b: number[]) => number | undefined>> = {
  mean: (a) => mean(a),
  sampleVariance: (a) => sampleVariance(a),
  meanAbsoluteError,
  meanAbsolutePercentageError: (a, b) => meanAbsolutePercentageError(a, b),
  rootMeanSquaredError,
  sharpeRatio: (a) => sharpeRatio(a, { riskFreeRate: 0, periodsPerYear: YEAR }),
  'sharpeRatio over a riskless rate': (a) => sharpeRatio([1, 2], { riskFreeRate: a[0]!, periodsPerYear: YEAR }),
  sortinoRatio: (a) => sortinoRatio(a, { minimumAcceptableReturn: 0, periodsPerYear: YEAR }),
  'sortinoRatio over an acceptable return': (a) =>
    sortinoRatio([1, 2], { minimumAcceptableReturn: a[0]!, periodsPerYear: YEAR }),
  turnover: (a) => turnover(a),
  strategyReturns: (a, b) => strategyReturns(a, b, FREE)[1],
  wassersteinDistance,
  normalizedWassersteinDistance,
};

describe.each(Object.entries(FIGURES))('%s of huge and tiny numbers', (_, figure) => {
  it.each([1e101, 1e154, 1e200, 1e308, Number.MAX_VALUE])('refuses %d', (huge) => {
    for (const a of [
      [huge, -huge],
      [huge, huge],
      [-huge, huge],
    ]) {
      expect(() => figure(a, [-huge, 1])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
  });

  it('is finite or absent up to 1e100, and as near to 0 as 1e-100', () => {
    const sizes = [1e100, -1e100, 1, 0, 1e-100, -1e-100];
    for (const first of sizes) {
      for (const second of sizes) {
        for (const third of sizes) {
          const value = figure([first, second], [third, first]);
          expect(value === undefined || Number.isFinite(value)).toBe(true);
        }
      }
    }
  });
});

describe('numbers too near to 0 to divide by', () => {
  it('are refused as targets of a percentage error', () => {
    for (const target of [1e-320, -1e-200]) {
      expect(() => meanAbsolutePercentageError([target], [1])).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE', message: expect.stringContaining('yTrue[0]') }),
      );
    }
  });
});

describe('chiSquareTest of huge and tiny counts', () => {
  const counts = (up: number, down: number) =>
    new Map([
      ['up', up],
      ['down', down],
    ]);

  it('refuses counts that its sums could not hold', () => {
    for (const count of [1e101, 1e200, 1e308, 1e-200, 1e-320]) {
      expect(() => chiSquareTest(counts(count, 1), counts(1, 1))).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
  });

  it('has a finite statistic for all others', () => {
    const sizes = [1e100, 1, 0, 1e-100];
    for (const a of sizes) {
      for (const b of sizes) {
        for (const c of sizes) {
          if (a + b === 0) continue;
          const { statistic, pValue = 0, cramersV = 0 } = chiSquareTest(counts(a, b), counts(c, 1), { minExpected: 0 });
          for (const value of [statistic, pValue, cramersV]) expect(value).toSatisfy(Number.isFinite);
        }
      }
    }
  });
});
