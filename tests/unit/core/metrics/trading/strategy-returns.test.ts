import {
  costOfTrade,
  hitRateByConfidence,
  hitRateByConfidenceOf,
  OutcomeAggregate,
  strategyReturns,
  turnover,
  wilsonInterval,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const costs = { proportionalCost: 0.001, costPerTrade: 0.0002 };

describe('strategyReturns', () => {
  it('take the cost of each change off what the position earned', () => {
    const net = strategyReturns([0.02, -0.01, 0.03, 0.01], [1, 1, -1, 0], costs);
    const expected = [0.02 - 0.001 - 0.0002, -0.01, -0.03 - 0.002 - 0.0002, 0 - 0.001 - 0.0002];
    expect(net).toHaveLength(4);
    expected.forEach((value, i) => {
      expect(net[i]).toBeCloseTo(value, 15);
    });
  });

  it('charge nothing for a position that was held before', () => {
    expect([...strategyReturns([0.02], [1], costs, 1)]).toEqual([0.02]);
    expect(costOfTrade(costs, 0.5, 0.5)).toBe(0);
    expect(costOfTrade(costs, 1, -1)).toBeCloseTo(0.001 * 2 + 0.0002, 15);
  });

  it.each([
    ['nothing', [], [], costs, 'EMPTY_INPUT'],
    ['lengths that differ', [0.1], [1, 1], costs, 'LENGTH_MISMATCH'],
    ['a NaN return', [Number.NaN], [1], costs, 'NOT_FINITE'],
    ['an endless position', [0.1], [Number.POSITIVE_INFINITY], costs, 'NOT_FINITE'],
    ['a negative cost', [0.1], [1], { ...costs, costPerTrade: -1 }, 'OUT_OF_RANGE'],
    ['a NaN cost', [0.1], [1], { ...costs, proportionalCost: Number.NaN }, 'OUT_OF_RANGE'],
  ])('refuse %s', (_case, returns, positions, model, code) => {
    expect(() => strategyReturns(returns, positions, model)).toThrow(expect.objectContaining({ code }));
  });
});

describe('turnover', () => {
  it('is the mean size of the changes of position', () => {
    expect(turnover([1, 1, -1, 0])).toBe((0 + 2 + 1) / 3);
    expect(turnover([1, 1, -1, 0], 0)).toBe((1 + 0 + 2 + 1) / 4);
    expect(turnover([1, -1, 1, -1])).toBe(2);
  });

  it('of one position is undefined without the one before', () => {
    expect(turnover([1])).toBeUndefined();
    expect(turnover([1], 0)).toBe(1);
  });

  it('refuses nothing, and what is no number', () => {
    expect(() => turnover([])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => turnover([1, Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => turnover([1], Number.NaN)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});

describe('hitRateByConfidence', () => {
  const options = { edges: [0, 0.5, 0.7, 1], confidenceLevel: 0.95 };

  it('counts hits in bands (a, b], so that exactly 0.5 lies below the edge', () => {
    expect(hitRateByConfidence([true, false, true, true], [0.5, 0.55, 0.7, 0.2], options)).toEqual([
      { from: 0, to: 0.5, count: 2, correct: 2, hitRate: 1, interval: wilsonInterval(2, 2, 0.95) },
      { from: 0.5, to: 0.7, count: 2, correct: 1, hitRate: 0.5, interval: wilsonInterval(1, 2, 0.95) },
      { from: 0.7, to: 1, count: 0, correct: 0 },
    ]);
  });

  it('holds the lower edge of the lowest band too', () => {
    expect(hitRateByConfidence([true], [0.5], { ...options, edges: [0.5, 1] })[0]).toMatchObject({ count: 1 });
    expect(hitRateByConfidence([true], [0], { ...options, edges: [0, 1] })[0]).toMatchObject({ count: 1 });
  });

  it('is the same from an aggregate in bands of a tenth', () => {
    const aggregate = new OutcomeAggregate();
    const rows = [0.1, 0.15, 0.3, 0.5, 0.51, 0.7, 0.7, 0.99, 1];
    rows.forEach((confidence, i) => {
      aggregate.add({ predicted: 'up', observed: i % 2 === 0 ? 'up' : 'down', confidence });
    });
    const edges = Array.from({ length: 11 }, (_, i) => i / 10);
    const correct = rows.map((_, i) => i % 2 === 0);
    expect(hitRateByConfidenceOf(aggregate, { confidenceLevel: 0.9 })).toEqual(
      hitRateByConfidence(correct, rows, { edges, confidenceLevel: 0.9 }),
    );
  });

  it.each([
    ['one edge', [0], 'EMPTY_INPUT'],
    ['falling edges', [0.5, 0.2], 'UNSORTED'],
    ['an edge above 1', [0, 2], 'OUT_OF_RANGE'],
    ['a NaN edge', [0, Number.NaN], 'OUT_OF_RANGE'],
    ['bands that leave a confidence out', [0.8, 1], 'OUT_OF_RANGE'],
  ])('refuses %s', (_case, edges, code) => {
    expect(() => hitRateByConfidence([true], [0.6], { ...options, edges })).toThrow(expect.objectContaining({ code }));
  });
});
