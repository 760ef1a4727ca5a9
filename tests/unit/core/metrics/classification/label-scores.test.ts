import { balancedAccuracy, matthewsCorrelation, matthewsCorrelationOf, OutcomeAggregate } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: { readonly yTrue: readonly string[]; readonly yPred: readonly string[] };
  readonly expected: { readonly balancedAccuracy: number; readonly matthewsCorrelation: number | null };
}

const golden = readGolden<Case>('label-scores');

describe('balancedAccuracy and matthewsCorrelation', () => {
  it('agree with scikit-learn', () => {
    expect(golden.cases.length).toBeGreaterThan(15);
    for (const { input, expected } of golden.cases) {
      const balanced = balancedAccuracy(input.yTrue, input.yPred);
      expect(excess(balanced, expected.balancedAccuracy, golden.tolerance)).toBeLessThanOrEqual(0);
      const correlation = matthewsCorrelation(input.yTrue, input.yPred);
      if (expected.matthewsCorrelation === null) expect(correlation).toBeUndefined();
      else expect(excess(correlation!, expected.matthewsCorrelation, golden.tolerance)).toBeLessThanOrEqual(0);
    }
  });

  it('are worked out by hand', () => {
    expect(balancedAccuracy(['up', 'up', 'up', 'down'], ['up', 'up', 'down', 'down'])).toBe((2 / 3 + 1 / 1) / 2);
    expect(matthewsCorrelation(['up', 'up', 'down', 'down'], ['up', 'up', 'down', 'up'])).toBeCloseTo(
      (4 * 3 - (2 * 3 + 2 * 1)) / Math.sqrt((16 - 8) * (16 - 10)),
      15,
    );
  });

  it('of one observed class are its recall, and undefined', () => {
    expect(balancedAccuracy(['up', 'up'], ['up', 'down'])).toBe(1 / 2);
    expect(matthewsCorrelation(['up', 'up'], ['up', 'down'])).toBeUndefined();
    expect(matthewsCorrelation(['up', 'down'], ['up', 'up'])).toBeUndefined();
  });

  it('do not change when classes swap their names, and MCC stays the same when both sides swap', () => {
    const labels = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), { minLength: 1 });
    fc.assert(
      fc.property(labels, (pairs) => {
        const [truth, guess] = [pairs.map(([t]) => t), pairs.map(([, p]) => p)];
        const rename = (label: number) => (label + 1) % 3;
        expect(balancedAccuracy(truth.map(rename), guess.map(rename))).toBeCloseTo(balancedAccuracy(truth, guess), 14);
        expect(matthewsCorrelation(truth.map(rename), guess.map(rename))).toBe(matthewsCorrelation(truth, guess));
        expect(matthewsCorrelation(guess, truth)).toBe(matthewsCorrelation(truth, guess));
      }),
      { seed: 71 },
    );
  });

  it.each([
    ['nothing', [], [], 'EMPTY_INPUT'],
    ['lengths that differ', ['up'], [], 'LENGTH_MISMATCH'],
    ['NaN', [Number.NaN], [1], 'NOT_FINITE'],
    ['an infinity', [1], [Number.POSITIVE_INFINITY], 'NOT_FINITE'],
  ])('refuse %s', (_case, yTrue, yPred, code) => {
    expect(() => balancedAccuracy(yTrue, yPred)).toThrow(expect.objectContaining({ code }));
    expect(() => matthewsCorrelation(yTrue, yPred)).toThrow(expect.objectContaining({ code }));
  });

  it('MCC of 10 million outcomes keeps its digits where it is next to nothing', () => {
    const aggregate = OutcomeAggregate.from({
      ...new OutcomeAggregate().toJSON(),
      count: 1e7,
      correct: 5e6 + 1,
      confusion: [2.5e6 + 1, 2.5e6, 0, 2.5e6 - 1, 2.5e6, 0, 0, 0, 0],
    });
    // n·r − Σ t·p = 1e7 · (5e6 + 1) − 5e6 · 1e7
    const expected = 1e7 / Math.sqrt((5e13 - 2) * 5e13);
    expect(Math.abs(matthewsCorrelationOf(aggregate)! / expected - 1)).toBeLessThanOrEqual(1e-15);
  });
});
