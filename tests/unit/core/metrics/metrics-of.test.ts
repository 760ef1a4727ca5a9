import {
  accuracy,
  directionalAccuracy,
  expectedCalibrationError,
  f1Score,
  type MetricValues,
  metricsOf,
  OutcomeAggregate,
  type OutcomeObservation,
  PERFORMANCE_METRICS,
  precision,
  recall,
  sharpeRatio,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observations } from '../outcome-observations.ts';

const periodsPerYear = 252;

function aggregateOf(list: readonly OutcomeObservation[]): OutcomeAggregate {
  const aggregate = new OutcomeAggregate();
  for (const item of list) aggregate.add(item);
  return aggregate;
}

function batchMetrics(list: readonly OutcomeObservation[]): { readonly [name: string]: number | undefined } {
  const yTrue = list.map((item) => item.observed);
  const yPred = list.map((item) => item.predicted);
  const returns = list.flatMap((item) => item.netReturn ?? []);
  return {
    accuracy: accuracy(yTrue, yPred),
    precision: precision(yTrue, yPred, 'up'),
    recall: recall(yTrue, yPred, 'up'),
    f1_score: f1Score(yTrue, yPred, 'up'),
    directional_accuracy: directionalAccuracy(yTrue, yPred),
    confidence_calibration: expectedCalibrationError(
      list.map((item) => item.observed === item.predicted),
      list.map((item) => item.confidence),
    ),
    sharpe_ratio: returns.length === 0 ? undefined : sharpeRatio(returns, { riskFreeRate: 0, periodsPerYear }),
  };
}

/** The returns of a random window may differ by less than rounding; then a ratio is noise on either side. */
function hasTinySpread(list: readonly OutcomeObservation[]): boolean {
  const returns = list.flatMap((item) => item.netReturn ?? []);
  const spread = Math.max(...returns) - Math.min(...returns);
  return spread < 1e-9;
}

function expectBatch(actual: MetricValues, list: readonly OutcomeObservation[]): void {
  const expected = batchMetrics(list);
  for (const name of ['accuracy', 'precision', 'recall', 'f1_score', 'directional_accuracy'] as const) {
    expect(actual[name]).toBe(expected[name]);
  }
  expect(Math.abs(actual.confidence_calibration! - expected.confidence_calibration!)).toBeLessThanOrEqual(1e-12);
  if (hasTinySpread(list)) return;
  const [streamed, batch] = [actual.sharpe_ratio, expected.sharpe_ratio];
  if (streamed === undefined || batch === undefined) expect(streamed).toBe(batch);
  else expect(Math.abs(streamed - batch)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(batch)));
}

describe('metricsOf', () => {
  it('is empty for an empty aggregate', () => {
    expect(metricsOf(new OutcomeAggregate(), { periodsPerYear })).toEqual({});
  });

  it('leaves out, rather than zeroes, what is undefined', () => {
    const aggregate = aggregateOf([{ predicted: 'flat', observed: 'down', confidence: 0.4 }]);
    expect(metricsOf(aggregate, { periodsPerYear })).toEqual({ accuracy: 0, confidence_calibration: 0.4 });
  });

  it('has a Sharpe ratio only when told the periods of a year', () => {
    const aggregate = aggregateOf([
      { predicted: 'up', observed: 'up', confidence: 0.6, netReturn: 0.01 },
      { predicted: 'up', observed: 'up', confidence: 0.6, netReturn: 0.03 },
    ]);
    expect(metricsOf(aggregate)).not.toHaveProperty('sharpe_ratio');
    expect(metricsOf(aggregate, { periodsPerYear: 2 }).sharpe_ratio).toBeCloseTo(2, 12);
    expect(() => metricsOf(aggregate, { periodsPerYear: -1 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });

  it('agrees with the batch functions over any outcomes', () => {
    fc.assert(
      fc.property(observations(80), (list) => {
        fc.pre(list.length > 0);
        expectBatch(metricsOf(aggregateOf(list), { periodsPerYear }), list);
      }),
      { seed: 41, numRuns: 300 },
    );
  });

  it('agrees with the batch functions over what is left after removals', () => {
    fc.assert(
      fc.property(observations(60), observations(60), (gone, left) => {
        fc.pre(left.length > 0);
        const aggregate = aggregateOf([...gone, ...left]);
        for (const item of gone) aggregate.remove(item);
        expectBatch(metricsOf(aggregate, { periodsPerYear }), left);
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('reports only metrics that have a descriptor, inside the range it states', () => {
    fc.assert(
      fc.property(observations(40), (list) => {
        for (const [name, value] of Object.entries(metricsOf(aggregateOf(list), { periodsPerYear }))) {
          const { range } = PERFORMANCE_METRICS[name as keyof MetricValues];
          expect(value).toBeGreaterThanOrEqual(range[0]);
          expect(value).toBeLessThanOrEqual(range[1]);
        }
      }),
      { seed: 43 },
    );
  });

  it('has a descriptor under the name of each metric', () => {
    for (const [name, descriptor] of Object.entries(PERFORMANCE_METRICS)) expect(descriptor.name).toBe(name);
    expect(PERFORMANCE_METRICS.confidence_calibration.direction).toBe('minimize');
    expect(PERFORMANCE_METRICS.accuracy.direction).toBe('maximize');
  });
});
