import { readFileSync } from 'node:fs';
import {
  accuracy,
  balancedAccuracy,
  brierScore,
  debiasedSquaredCalibrationError,
  directionalAccuracy,
  expectedCalibrationError,
  f1Score,
  logLoss,
  type MetricValues,
  matthewsCorrelation,
  maximumCalibrationError,
  mean,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  metricsOf,
  OutcomeAggregate,
  type OutcomeObservation,
  PERFORMANCE_METRICS,
  precision,
  recall,
  rootMeanSquaredError,
  sharpeRatio,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observations } from '../outcome-observations.ts';

const periodsPerYear = 252;

const SUMMED = [
  'confidence_calibration',
  'balanced_accuracy',
  'log_loss',
  'brier_score',
  'maximum_calibration_error',
  'mean_absolute_error',
  'root_mean_squared_error',
  'mean_absolute_percentage_error',
  'mean_return',
] as const;

function aggregateOf(list: readonly OutcomeObservation[]): OutcomeAggregate {
  const aggregate = new OutcomeAggregate();
  for (const item of list) aggregate.add(item);
  return aggregate;
}

function batchMetrics(list: readonly OutcomeObservation[]): { readonly [name: string]: number | undefined } {
  const yTrue = list.map((item) => item.observed);
  const yPred = list.map((item) => item.predicted);
  const returns = list.flatMap((item) => item.netReturn ?? []);
  const correct = list.map((item) => item.observed === item.predicted);
  const confidence = list.map((item) => item.confidence);
  const priced = list.flatMap(({ price, predictedPrice }) =>
    price === undefined || predictedPrice === undefined ? [] : { price, predictedPrice },
  );
  const prices = priced.map(({ price }) => price);
  const predictedPrices = priced.map(({ predictedPrice }) => predictedPrice);
  return {
    accuracy: accuracy(yTrue, yPred),
    precision: precision(yTrue, yPred, 'up'),
    recall: recall(yTrue, yPred, 'up'),
    f1_score: f1Score(yTrue, yPred, 'up'),
    directional_accuracy: directionalAccuracy(yTrue, yPred),
    confidence_calibration: expectedCalibrationError(correct, confidence),
    sharpe_ratio: returns.length === 0 ? undefined : sharpeRatio(returns, { riskFreeRate: 0, periodsPerYear }),
    balanced_accuracy: balancedAccuracy(yTrue, yPred),
    matthews_correlation: matthewsCorrelation(yTrue, yPred),
    log_loss: logLoss(
      list.map(() => 'seen'),
      list.flatMap((item) => [observedProbability(item), 1 - observedProbability(item)]),
      ['seen', 'other'],
    ),
    brier_score: brierScore(correct, confidence),
    maximum_calibration_error: maximumCalibrationError(correct, confidence),
    mean_absolute_error: priced.length === 0 ? undefined : meanAbsoluteError(prices, predictedPrices),
    root_mean_squared_error: priced.length === 0 ? undefined : rootMeanSquaredError(prices, predictedPrices),
    mean_absolute_percentage_error:
      priced.length === 0 ? undefined : meanAbsolutePercentageError(prices, predictedPrices),
    mean_return: returns.length === 0 ? undefined : mean(returns),
  };
}

function observedProbability({ observed, predicted, confidence, ...rest }: OutcomeObservation): number {
  return rest.observedProbability ?? (observed === predicted ? confidence : 1 - confidence);
}

/** The returns of a random window may differ by less than rounding; then a ratio is noise on either side. */
function hasTinySpread(list: readonly OutcomeObservation[]): boolean {
  const returns = list.flatMap((item) => item.netReturn ?? []);
  const spread = Math.max(...returns) - Math.min(...returns);
  return spread < 1e-9;
}

function expectBatch(actual: MetricValues, list: readonly OutcomeObservation[]): void {
  const expected = batchMetrics(list);
  const counted = [
    ...(['accuracy', 'precision', 'recall', 'f1_score'] as const),
    ...(['directional_accuracy', 'matthews_correlation'] as const),
  ];
  for (const name of counted) {
    expect(actual[name]).toBe(expected[name]);
  }
  for (const name of SUMMED) {
    const [streamed, batch] = [actual[name], expected[name]];
    if (batch === undefined) expect(streamed).toBe(batch);
    else expect(Math.abs(streamed! - batch)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(batch)));
  }
  const square = debiasedSquaredCalibrationError(
    list.map((item) => item.observed === item.predicted),
    list.map((item) => item.confidence),
  );
  if (square === undefined) expect(actual).not.toHaveProperty('debiased_calibration_error');
  else expect(Math.abs(actual.debiased_calibration_error! ** 2 - Math.max(0, square))).toBeLessThanOrEqual(1e-12);
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
    expect(metricsOf(aggregate, { periodsPerYear })).toEqual({
      accuracy: 0,
      confidence_calibration: 0.4,
      balanced_accuracy: 0,
      log_loss: -Math.log(1 - 0.4),
      brier_score: expect.closeTo(0.4 ** 2, 15),
      maximum_calibration_error: 0.4,
    });
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

  it('has a row in the reference for each metric', () => {
    const reference = readFileSync(new URL('../../../../docs/reference/metrics.md', import.meta.url), 'utf8');
    for (const name of Object.keys(PERFORMANCE_METRICS)) expect(reference).toContain(`\`${name}\``);
  });
});
