import { meanAbsoluteError, meanAbsolutePercentageError, rootMeanSquaredError } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: { readonly yTrue: readonly number[]; readonly yPred: readonly number[] };
  readonly expected: { readonly mae: number; readonly rmse: number; readonly mape: number };
}

const golden = readGolden<Case>('price-errors');

describe('MAE, RMSE and MAPE', () => {
  it('agree with scikit-learn', () => {
    expect(golden.cases.length).toBeGreaterThan(10);
    for (const { input, expected } of golden.cases) {
      const check = (actual: number | undefined, wanted: number) =>
        expect(excess(actual!, wanted, golden.tolerance)).toBeLessThanOrEqual(0);
      check(meanAbsoluteError(input.yTrue, input.yPred), expected.mae);
      check(rootMeanSquaredError(input.yTrue, input.yPred), expected.rmse);
      check(meanAbsolutePercentageError(input.yTrue, input.yPred), expected.mape);
    }
  });

  it('are worked out by hand', () => {
    expect(meanAbsoluteError([100, 102, 101], [101, 102, 99])).toBe((1 + 0 + 2) / 3);
    expect(rootMeanSquaredError([100, 102, 101], [101, 102, 99])).toBe(Math.sqrt((1 + 0 + 4) / 3));
    expect(meanAbsolutePercentageError([100, 200], [110, 190])).toBeCloseTo((0.1 + 0.05) / 2, 15);
    expect(meanAbsolutePercentageError([-100], [-110])).toBeCloseTo(0.1, 15);
  });

  it('are 0 when every prediction is right, and MAPE is undefined when a target is 0', () => {
    expect([meanAbsoluteError([1, 2], [1, 2]), rootMeanSquaredError([1, 2], [1, 2])]).toEqual([0, 0]);
    expect(meanAbsolutePercentageError([1, 0], [1, 0])).toBeUndefined();
    expect(meanAbsolutePercentageError([1, -0], [1, 1])).toBeUndefined();
  });

  it.each([
    ['nothing', [], [], 'EMPTY_INPUT'],
    ['lengths that differ', [1], [1, 2], 'LENGTH_MISMATCH'],
    ['NaN', [1, Number.NaN], [1, 2], 'NOT_FINITE'],
    ['an infinity', [1], [Number.NEGATIVE_INFINITY], 'NOT_FINITE'],
    ['NaN behind a zero', [0, 1], [1, Number.NaN], 'NOT_FINITE'],
  ])('refuse %s', (_case, yTrue, yPred, code) => {
    for (const metric of [meanAbsoluteError, rootMeanSquaredError, meanAbsolutePercentageError]) {
      expect(() => metric(yTrue, yPred)).toThrow(expect.objectContaining({ code }));
    }
  });
});
