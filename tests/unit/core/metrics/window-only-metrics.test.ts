import {
  calmarRatio,
  equalMassCalibrationError,
  equalMassMaximumCalibrationError,
  maximumDrawdown,
  metricsOf,
  OutcomeAggregate,
  probabilisticSharpeRatio,
  rocAuc,
  sortinoRatio,
  totalReturn,
  turnover,
  type WindowRow,
  windowOnlyMetrics,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observation } from '../outcome-observations.ts';

const periodsPerYear = 365;
const rows: fc.Arbitrary<readonly WindowRow[]> = fc.array(
  fc.record({ segment: fc.constantFrom('BTC', 'ETH'), observedAt: fc.integer({ min: 0, max: 1e6 }), observation }),
  { maxLength: 60 },
);

const SIDE = { up: 1, down: -1, flat: 0 } as const;

describe('windowOnlyMetrics', () => {
  it('are those of the batch functions over the rows in the order of observedAt, in whatever order they came', () => {
    fc.assert(
      fc.property(rows, (list) => {
        fc.pre(list.length > 0 && new Set(list.map(({ observedAt }) => observedAt)).size === list.length);
        const metrics = windowOnlyMetrics(list, { periodsPerYear });
        expect(windowOnlyMetrics([...list].reverse(), { periodsPerYear })).toEqual(metrics);
        const inOrder = [...list].sort((a, b) => a.observedAt - b.observedAt).map((row) => row.observation);
        const hits = inOrder.map(({ predicted, observed }) => predicted === observed);
        const confidence = inOrder.map((row) => row.confidence);
        expect(metrics.equal_mass_calibration_error).toBe(equalMassCalibrationError(hits, confidence));
        expect(metrics.equal_mass_maximum_calibration_error).toBe(equalMassMaximumCalibrationError(hits, confidence));
        const scores = inOrder.flatMap(({ upProbability }) => upProbability ?? []);
        const observed = inOrder.map((row) => row.observed);
        expect(metrics.roc_auc).toBe(scores.length < inOrder.length ? undefined : rocAuc(observed, scores, 'up'));
        const returns = inOrder.flatMap(({ netReturn }) => netReturn ?? []);
        if (returns.length === 0) {
          expect(metrics).not.toHaveProperty('total_return');
          return;
        }
        expect(metrics.total_return).toBe(totalReturn(returns));
        expect(metrics.maximum_drawdown).toBe(maximumDrawdown(returns));
        expect(metrics.calmar_ratio).toBe(calmarRatio(returns, { periodsPerYear }));
        expect(metrics.sortino_ratio).toBe(sortinoRatio(returns, { minimumAcceptableReturn: 0, periodsPerYear }));
        expect(metrics.probabilistic_sharpe_ratio).toBe(probabilisticSharpeRatio(returns, 0));
      }),
      { seed: 77, numRuns: 300 },
    );
  });

  it('turn over the sides of each symbol on its own', () => {
    const sides = ['up', 'up', 'down', 'flat'] as const;
    const row = (segment: string, predicted: (typeof sides)[number], observedAt: number): WindowRow => ({
      segment,
      observedAt,
      observation: { predicted, observed: 'up', confidence: 0.6 },
    });
    const one = sides.map((side, i) => row('BTC', side, i));
    expect(windowOnlyMetrics(one).turnover).toBe(turnover(sides.map((side) => SIDE[side])));
    const both = one.flatMap((btc, i) => [btc, row('ETH', 'down', i)]);
    expect(windowOnlyMetrics(both).turnover).toBe((0 + 2 + 1 + 0 + 0 + 0) / 6);
    expect(windowOnlyMetrics([row('BTC', 'up', 0), row('ETH', 'up', 0)])).not.toHaveProperty('turnover');
  });

  it('are absent without rows, without a probability of up, without a year, and where more than all was lost', () => {
    expect(windowOnlyMetrics([])).toEqual({});
    const row = (netReturn: number, predicted: 'up' | 'flat' = 'up'): WindowRow => ({
      segment: 'BTC',
      observedAt: 0,
      observation: { predicted, observed: 'up', confidence: 0.6, netReturn },
    });
    const metrics = windowOnlyMetrics([row(0.1), row(-1.5), row(0.2, 'flat')]);
    expect(Object.keys(metrics).sort()).toEqual([
      'equal_mass_calibration_error',
      'equal_mass_maximum_calibration_error',
      'probabilistic_sharpe_ratio',
      'turnover',
    ]);
    expect(() => windowOnlyMetrics([row(0.1)], { periodsPerYear: -1 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });

  it('share no name with the metrics that sums give', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const aggregate = new OutcomeAggregate();
        for (const row of list) aggregate.add(row.observation);
        const summed = Object.keys(metricsOf(aggregate, { periodsPerYear }));
        expect(
          Object.keys(windowOnlyMetrics(list, { periodsPerYear })).filter((name) => summed.includes(name)),
        ).toEqual([]);
      }),
      { seed: 78 },
    );
  });
});
