import { OutcomeAggregate, type SharpeRatioOptions, sharpeRatio, sharpeRatioOf } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: { readonly returns: readonly number[]; readonly options: SharpeRatioOptions };
  readonly expected: number;
}

const golden = readGolden<Case>('sharpe-ratio');
const yearly = { riskFreeRate: 0, periodsPerYear: 1 };

describe('sharpeRatio', () => {
  it('agrees with empyrical', () => {
    expect(golden.cases.length).toBeGreaterThan(30);
    for (const { input, expected } of golden.cases) {
      const actual = sharpeRatio(input.returns, input.options);
      expect(actual).toBeDefined();
      expect(excess(actual!, expected, golden.tolerance)).toBeLessThanOrEqual(0);
    }
  });

  it('is mean over sample deviation times the root of the periods, by hand', () => {
    expect(sharpeRatio([0.01, 0.03], { riskFreeRate: 0, periodsPerYear: 2 })).toBeCloseTo(
      (0.02 / Math.sqrt(0.0002)) * Math.sqrt(2),
      14,
    );
    expect(sharpeRatio([0.01, 0.03], { riskFreeRate: 0.02, periodsPerYear: 252 })).toBeCloseTo(0, 14);
  });

  it('is undefined below two returns and when they do not vary', () => {
    expect(sharpeRatio([0.01], yearly)).toBeUndefined();
    expect(sharpeRatio([0, 0, 0], yearly)).toBeUndefined();
    // The mean of n times 0.1 is not 0.1 in doubles for every n.
    for (let n = 2; n < 60; n++) expect(sharpeRatio(new Array<number>(n).fill(0.1), yearly)).toBeUndefined();
  });

  it('keeps its value under a positive scale and flips its sign with the returns', () => {
    const returns = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(returns, fc.integer({ min: 1, max: 64 }), (ticks, factor) => {
        fc.pre(new Set(ticks).size > 1);
        const base = sharpeRatio(
          ticks.map((tick) => tick / 1024),
          yearly,
        )!;
        const scaled = sharpeRatio(
          ticks.map((tick) => (-tick * factor) / 1024),
          yearly,
        )!;
        expect(Math.abs(scaled + base)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(base)));
      }),
      { seed: 32 },
    );
  });

  it.each([
    ['no returns', [], yearly, 'EMPTY_INPUT', 'returns must hold at least 1 value; got 0'],
    ['a NaN', [0.1, Number.NaN], yearly, 'NOT_FINITE', 'returns[1] must be a finite number; got NaN'],
    [
      'periods of 0',
      [0.1, 0.2],
      { ...yearly, periodsPerYear: 0 },
      'OUT_OF_RANGE',
      'periodsPerYear must be a finite number above 0; got 0',
    ],
    [
      'endless periods',
      [0.1, 0.2],
      { ...yearly, periodsPerYear: Infinity },
      'OUT_OF_RANGE',
      'periodsPerYear must be a finite number above 0; got Infinity',
    ],
    [
      'a NaN rate',
      [0.1, 0.2],
      { ...yearly, riskFreeRate: Number.NaN },
      'NOT_FINITE',
      'riskFreeRate must be a finite number; got NaN',
    ],
  ])('refuses %s', (_case, returns, options, code, message) => {
    expect(() => sharpeRatio(returns, options)).toThrow(expect.objectContaining({ code, message }));
  });
});

describe('sharpeRatioOf', () => {
  const outcome = (netReturn: number) => ({ predicted: 'up', observed: 'up', confidence: 0.6, netReturn }) as const;

  it('agrees with the batch figure where plain sums of squares cancel to noise', () => {
    for (const { input, expected } of golden.cases) {
      const aggregate = new OutcomeAggregate();
      for (const netReturn of input.returns) aggregate.add(outcome(netReturn));
      const actual = sharpeRatioOf(aggregate, input.options);
      expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
    }
  });

  it('stays undefined when a window of equal returns is what is left of varied ones', () => {
    const aggregate = new OutcomeAggregate();
    const varied = Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 0.07);
    for (const netReturn of varied) aggregate.add(outcome(netReturn));
    for (let i = 0; i < 50; i++) aggregate.add(outcome(-0.0005));
    for (const netReturn of varied) aggregate.remove(outcome(netReturn));
    expect(aggregate.returnCount).toBe(50);
    expect(sharpeRatioOf(aggregate, yearly)).toBeUndefined();
  });
});
