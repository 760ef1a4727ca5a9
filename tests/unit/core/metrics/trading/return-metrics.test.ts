import {
  calmarRatio,
  deflatedSharpeRatio,
  deflatedSharpeRatioOf,
  expectedMaximumSharpeRatio,
  maximumDrawdown,
  minimumTrackRecordLength,
  probabilisticSharpeRatio,
  probabilisticSharpeRatioOf,
  sharpeRatioEvidence,
  sortinoRatio,
  standardizedMoments,
  totalReturn,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: { readonly returns: readonly number[]; readonly periodsPerYear: number };
  readonly expected: {
    readonly totalReturn: number;
    readonly maximumDrawdown: number;
    readonly calmar: number;
    readonly sortino: number;
    readonly skewness: number;
    readonly kurtosis: number;
    readonly psr: number;
    readonly psrAgainst: number;
    readonly dsr: number;
    readonly minimumTrackRecord: number;
  };
}

const golden = readGolden<Case>('return-metrics');

describe('metrics of returns', () => {
  it('agree with empyrical and SciPy', () => {
    expect(golden.cases.length).toBeGreaterThan(15);
    for (const { input, expected } of golden.cases) {
      const { returns, periodsPerYear } = input;
      const check = (actual: number | undefined, wanted: number) =>
        expect(excess(actual!, wanted, golden.tolerance)).toBeLessThanOrEqual(0);
      check(totalReturn(returns), expected.totalReturn);
      check(maximumDrawdown(returns), expected.maximumDrawdown);
      check(calmarRatio(returns, { periodsPerYear }), expected.calmar);
      check(sortinoRatio(returns, { minimumAcceptableReturn: 0.001, periodsPerYear }), expected.sortino);
      const moments = standardizedMoments(returns)!;
      check(moments.skewness, expected.skewness);
      check(moments.kurtosis, expected.kurtosis);
      check(probabilisticSharpeRatio(returns, 0), expected.psr);
      check(probabilisticSharpeRatio(returns, 0.05), expected.psrAgainst);
      const trials = { independentTrials: 25, sharpeRatioVariance: 0.4 / returns.length };
      check(deflatedSharpeRatio(returns, trials), expected.dsr);
      const question = { benchmarkSharpeRatio: -10, confidenceLevel: 0.95 };
      check(minimumTrackRecordLength(sharpeRatioEvidence(returns)!, question), expected.minimumTrackRecord);
    }
  });

  it('are worked out by hand', () => {
    expect(totalReturn([0.1, -0.5])).toBeCloseTo(1.1 * 0.5 - 1, 15);
    expect(maximumDrawdown([0.1, -0.5, 0.2])).toBe(1 - 0.55 / 1.1);
    expect(maximumDrawdown([-0.1])).toBeCloseTo(0.1, 15);
    expect(calmarRatio([0.1, -0.5, 0.2], { periodsPerYear: 3 })).toBeCloseTo((1.1 * 0.5 * 1.2 - 1) / 0.5, 14);
    expect(sortinoRatio([0.03, -0.01], { minimumAcceptableReturn: 0, periodsPerYear: 2 })).toBeCloseTo(
      (0.01 / Math.sqrt(0.0001 / 2)) * Math.sqrt(2),
      14,
    );
    expect(standardizedMoments([0, 0, 3])).toEqual({
      skewness: expect.closeTo(2 / 2 ** 1.5, 14),
      kurtosis: expect.closeTo(6 / 2 ** 2, 14),
    });
    expect(probabilisticSharpeRatio([0.01, 0.03, -0.01, 0.02], 0)).toBeCloseTo(0.8553, 4);
  });

  it('reproduce the published examples of the probabilistic and the deflated Sharpe ratio', () => {
    // Bailey & López de Prado (2012): 24 monthly returns, 1.59 a year; 0.982 were they normal.
    const record = { sharpeRatio: 0.458, observations: 24, skewness: -2.448, kurtosis: 10.164 };
    expect(probabilisticSharpeRatioOf(record, 0)).toBeCloseTo(0.913, 3);
    expect(probabilisticSharpeRatioOf({ ...record, skewness: 0, kurtosis: 3 }, 0)).toBeCloseTo(0.982, 3);
    // The same paper: an annual Sharpe ratio of 2 against 1, daily and normal, takes 2.73 years at 95 %.
    const daily = { sharpeRatio: 2 / Math.sqrt(250), skewness: 0, kurtosis: 3 };
    const question = { benchmarkSharpeRatio: 1 / Math.sqrt(250), confidenceLevel: 0.95 };
    expect(minimumTrackRecordLength(daily, question)! / 250).toBeCloseTo(2.73, 2);
    // Bailey & López de Prado (2014): the best of 100 trials; the same with 46 trials would pass 95 %.
    const trials = { independentTrials: 100, sharpeRatioVariance: 0.5 / 250 };
    const found = { sharpeRatio: 2.5 / Math.sqrt(250), observations: 1250, skewness: -3, kurtosis: 10 };
    expect(expectedMaximumSharpeRatio(trials)).toBeCloseTo(0.1132, 4);
    expect(deflatedSharpeRatioOf(found, trials)).toBeCloseTo(0.9004, 4);
    expect(deflatedSharpeRatioOf(found, { ...trials, independentTrials: 46 })).toBeCloseTo(0.9505, 4);
  });

  it('take the kurtosis as it is and refuse an excess kurtosis, which a normal record would have near 0', () => {
    const excessKurtosis = { sharpeRatio: 0.1, observations: 250, skewness: 0, kurtosis: 0 };
    expect(() => probabilisticSharpeRatioOf(excessKurtosis, 0)).toThrow(/kurtosis must be raw/);
  });

  it('a track record of the minimum length reaches the level', () => {
    const evidence = { sharpeRatio: 0.2, observations: 2, skewness: -0.5, kurtosis: 5 };
    const length = minimumTrackRecordLength(evidence, { benchmarkSharpeRatio: 0.05, confidenceLevel: 0.9 })!;
    const at = (observations: number) => probabilisticSharpeRatioOf({ ...evidence, observations }, 0.05)!;
    expect(at(Math.ceil(length))).toBeGreaterThanOrEqual(0.9);
    expect(at(Math.floor(length))).toBeLessThan(0.9);
    const below = { benchmarkSharpeRatio: 0.3, confidenceLevel: 0.9 };
    expect(minimumTrackRecordLength(evidence, below)).toBeUndefined();
  });

  it('are undefined where nothing varies, falls or is lost, and never NaN', () => {
    const yearly = { periodsPerYear: 252 };
    expect(probabilisticSharpeRatio([0.01], 0)).toBeUndefined();
    expect(probabilisticSharpeRatio([0.1, 0.1, 0.1], 0)).toBeUndefined();
    expect(sharpeRatioEvidence([0.1, 0.1, 0.1])).toBeUndefined();
    expect(standardizedMoments([2, 2])).toBeUndefined();
    expect(sortinoRatio([0.01, 0.02], { minimumAcceptableReturn: 0, ...yearly })).toBeUndefined();
    expect(calmarRatio([0.01, 0], yearly)).toBeUndefined();
    expect(maximumDrawdown([0.01, 0])).toBe(0);
  });

  it('survive ruin and returns beyond all reason', () => {
    expect(totalReturn([0.5, -1, 3])).toBe(-1);
    expect(maximumDrawdown([0.5, -1, 3])).toBe(1);
    expect(calmarRatio([0.5, -1, 3], { periodsPerYear: 12 })).toBe(-1);
    expect(totalReturn(new Array<number>(20).fill(1e100))).toBeUndefined();
    expect(probabilisticSharpeRatio([1e100, -1e100, 5e99, 1], 0)).toBeGreaterThan(0.4);
  });

  it('the drawdown lies in [0, 1] and is that of the equity curve', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 2, noNaN: true }), { minLength: 1, maxLength: 60 }), (returns) => {
        let equity = 1;
        let peak = 1;
        let deepest = 0;
        for (const value of returns) {
          equity *= 1 + value;
          peak = Math.max(peak, equity);
          deepest = Math.max(deepest, (peak - equity) / peak);
        }
        const drawdown = maximumDrawdown(returns);
        expect(drawdown).toBeGreaterThanOrEqual(0);
        expect(drawdown).toBeLessThanOrEqual(1);
        expect(Math.abs(drawdown - deepest)).toBeLessThanOrEqual(1e-12);
      }),
      { seed: 75 },
    );
  });

  it('more trials deflate more, and one trial not at all', () => {
    const evidence = { sharpeRatio: 0.15, observations: 500, skewness: 0, kurtosis: 3 };
    const at = (independentTrials: number) =>
      deflatedSharpeRatioOf(evidence, { independentTrials, sharpeRatioVariance: 0.002 })!;
    expect(at(1)).toBe(probabilisticSharpeRatioOf(evidence, 0));
    const values = [1, 1.1, 2, 10, 100, 1e6].map(at);
    for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1]!);
  });

  it.each([
    ['nothing', [], 'EMPTY_INPUT'],
    ['NaN', [0.1, Number.NaN], 'NOT_FINITE'],
    ['an infinity', [Number.POSITIVE_INFINITY], 'NOT_FINITE'],
  ])('refuse %s', (_case, returns, code) => {
    const refusal = expect.objectContaining({ code });
    expect(() => totalReturn(returns)).toThrow(refusal);
    expect(() => maximumDrawdown(returns)).toThrow(refusal);
    expect(() => calmarRatio(returns, { periodsPerYear: 252 })).toThrow(refusal);
    expect(() => sortinoRatio(returns, { minimumAcceptableReturn: 0, periodsPerYear: 252 })).toThrow(refusal);
    expect(() => probabilisticSharpeRatio(returns, 0)).toThrow(refusal);
  });

  it('refuse a loss of more than everything, and conventions that are none', () => {
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => totalReturn([-1.01])).toThrow('returns[0] must be at least -1 to be compounded; got -1.01');
    expect(() => maximumDrawdown([-1.01])).toThrow(refusal('OUT_OF_RANGE'));
    expect(() => calmarRatio([0.1], { periodsPerYear: 0 })).toThrow(refusal('OUT_OF_RANGE'));
    const endless = { minimumAcceptableReturn: 0, periodsPerYear: Number.POSITIVE_INFINITY };
    expect(() => sortinoRatio([0.1], endless)).toThrow(refusal('OUT_OF_RANGE'));
    expect(() => sortinoRatio([0.1], { minimumAcceptableReturn: Number.NaN, periodsPerYear: 1 })).toThrow(
      refusal('NOT_FINITE'),
    );
    expect(() => probabilisticSharpeRatio([0.1, 0.2], Number.NaN)).toThrow(refusal('NOT_FINITE'));
    const one = { sharpeRatio: 0.1, observations: 1, skewness: 0, kurtosis: 3 };
    expect(() => probabilisticSharpeRatioOf(one, 0)).toThrow(refusal('OUT_OF_RANGE'));
    for (const trials of [
      { independentTrials: 0.5, sharpeRatioVariance: 1 },
      { independentTrials: 5, sharpeRatioVariance: -1 },
      { independentTrials: Number.NaN, sharpeRatioVariance: 1 },
    ]) {
      expect(() => expectedMaximumSharpeRatio(trials)).toThrow(refusal('OUT_OF_RANGE'));
    }
    const half = { benchmarkSharpeRatio: 0, confidenceLevel: 0.5 };
    expect(() => minimumTrackRecordLength(one, half)).toThrow(refusal('OUT_OF_RANGE'));
  });
});
