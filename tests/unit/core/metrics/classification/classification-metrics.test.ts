import { accuracy, type Direction, f1Score, precision, recall } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface ClassScores {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

interface Case {
  readonly input: { readonly yTrue: readonly Direction[]; readonly yPred: readonly Direction[] };
  readonly expected: { readonly accuracy: number } & { readonly [positive in Direction]: ClassScores };
}

const golden = readGolden<Case>('classification-metrics');
const labels = fc.array(fc.tuple(fc.constantFrom('up', 'down', 'flat'), fc.constantFrom('up', 'down', 'flat')), {
  minLength: 1,
});

describe('accuracy, precision, recall and F1', () => {
  it('agree with scikit-learn, where its zero division is our undefined', () => {
    expect(golden.cases.length).toBeGreaterThan(20);
    for (const { input, expected } of golden.cases) {
      expect(excess(accuracy(input.yTrue, input.yPred), expected.accuracy, golden.tolerance)).toBeLessThanOrEqual(0);
      for (const positive of ['up', 'down', 'flat'] as const) {
        const scores = { precision, recall, f1: f1Score };
        for (const name of ['precision', 'recall', 'f1'] as const) {
          const actual = scores[name](input.yTrue, input.yPred, positive);
          const wanted = expected[positive][name];
          if (wanted === null || actual === undefined) expect(actual).toBe(wanted ?? undefined);
          else expect(excess(actual, wanted, golden.tolerance)).toBeLessThanOrEqual(0);
        }
      }
    }
  });

  it('are counted by hand on four predictions', () => {
    const yTrue = ['up', 'down', 'up', 'down'];
    const yPred = ['up', 'up', 'up', 'down'];
    expect(accuracy(yTrue, yPred)).toBe(3 / 4);
    expect(precision(yTrue, yPred, 'up')).toBe(2 / 3);
    expect(recall(yTrue, yPred, 'up')).toBe(2 / 2);
    expect(f1Score(yTrue, yPred, 'up')).toBe((2 * 2) / (2 * 2 + 1 + 0));
  });

  it('take class indices as well as names', () => {
    const yTrue = Float64Array.of(1, 0, 1, 0);
    const yPred = Int32Array.of(1, 1, 1, 0);
    expect(accuracy(yTrue, yPred)).toBe(3 / 4);
    expect(precision(yTrue, yPred, 1)).toBe(2 / 3);
    expect(accuracy([0, 1], [-0, 1])).toBe(1);
  });

  it('are undefined, never 0, where the class was not predicted or not observed', () => {
    expect(precision(['up', 'down'], ['down', 'down'], 'up')).toBeUndefined();
    expect(recall(['down', 'down'], ['up', 'down'], 'up')).toBeUndefined();
    expect(f1Score(['down', 'flat'], ['flat', 'down'], 'up')).toBeUndefined();
    expect(f1Score(['up', 'down'], ['down', 'down'], 'up')).toBe(0);
  });

  it('do not depend on the order of the predictions', () => {
    fc.assert(
      fc.property(labels, (pairs) => {
        const figures = (list: typeof pairs) => {
          const [yTrue, yPred] = [list.map(([observed]) => observed), list.map(([, predicted]) => predicted)];
          return [accuracy(yTrue, yPred), precision(yTrue, yPred, 'up'), recall(yTrue, yPred, 'up')];
        };
        expect(figures([...pairs].reverse())).toEqual(figures(pairs));
      }),
      { seed: 11 },
    );
  });

  it('swap precision and recall when prediction and observation swap, and keep F1', () => {
    fc.assert(
      fc.property(labels, (pairs) => {
        const [yTrue, yPred] = [pairs.map(([observed]) => observed), pairs.map(([, predicted]) => predicted)];
        expect(precision(yPred, yTrue, 'up')).toBe(recall(yTrue, yPred, 'up'));
        expect(f1Score(yPred, yTrue, 'up')).toBe(f1Score(yTrue, yPred, 'up'));
      }),
      { seed: 12 },
    );
  });

  it.each([
    ['no labels', [], [], 'EMPTY_INPUT', 'yTrue must hold at least 1 label; got 0'],
    [
      'lengths that differ',
      ['up', 'up', 'up'],
      ['up'],
      'LENGTH_MISMATCH',
      'yPred must have 3 values to match yTrue; got 1',
    ],
    ['a NaN', [1, Number.NaN], [1, 1], 'NOT_FINITE', 'yTrue[1] must be a finite number; got NaN'],
    [
      'an infinity',
      [1, 1],
      [1, Number.POSITIVE_INFINITY],
      'NOT_FINITE',
      'yPred[1] must be a finite number; got Infinity',
    ],
  ])('refuse %s', (_case, yTrue, yPred, code, message) => {
    for (const metric of [accuracy, precision, recall, f1Score]) {
      expect(() => metric(yTrue, yPred, 'up')).toThrow(
        expect.objectContaining({ name: 'InvalidInputError', code, message }),
      );
    }
  });

  it('refuse a hole in the labels', () => {
    const holed: string[] = ['up', 'up'];
    delete holed[1];
    expect(() => accuracy(['up', 'up'], holed)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
  });
});
