import {
  accuracyInterval,
  brierScore,
  effectiveSampleSize,
  type MetricValues,
  maximumDrawdown,
  meanAbsoluteError,
  PERFORMANCE_METRICS,
  rocAuc,
  turnover,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const config = { windowSize: 10, minPredictions: 10, periodsPerYear: 365 };
const WINDOW_ONLY = [
  'roc_auc',
  'equal_mass_calibration_error',
  'equal_mass_maximum_calibration_error',
  'total_return',
  'sortino_ratio',
  'maximum_drawdown',
  'calmar_ratio',
  'turnover',
  'probabilistic_sharpe_ratio',
] as const;
const RETURNS = [0.01, -0.01];
const direction = (i: number) => (i % 4 === 3 ? 'down' : 'up');
const hit = (i: number) => i % 3 !== 0;
const confidence = (i: number) => 0.55 + i / 25;

/** Ten hourly outcomes with probabilities and predicted prices; hits and misses move the price by 1 %. */
async function fullMonitor(labelHours = 1) {
  const storage = openMemoryStorage();
  const monitor = await openMonitor({ storage, config });
  for (let i = 0; i < 10; i++) {
    const p = confidence(i);
    const up = direction(i) === 'up';
    const prediction = predictionOf(i, {
      direction: direction(i),
      confidence: p,
      probabilities: { up: up ? p : 1 - p, down: up ? 1 - p : p },
      predictedPrice: 100 + i / 10,
    });
    const outcome = outcomeOf(i, hit(i) === up);
    await monitor.trackPredictionOutcome(prediction, { ...outcome, observedAt: NOON + (i + labelHours) * HOUR });
  }
  return { storage, monitor };
}

const indices = Array.from({ length: 10 }, (_, i) => i);

describe('rolling figures', () => {
  it('hold every metric there is, as the batch functions compute it', async () => {
    const { monitor } = await fullMonitor();
    const { metrics } = monitor.calculateRollingMetrics();
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(PERFORMANCE_METRICS).sort());
    const returns = indices.map((i) => RETURNS[hit(i) ? 0 : 1]!);
    expect(metrics.maximum_drawdown).toBeCloseTo(maximumDrawdown(returns), 12);
    const sides = indices.map((i) => (direction(i) === 'up' ? 1 : -1));
    expect(metrics.turnover).toBe(turnover(sides));
    const observed = indices.map((i) => (hit(i) === (direction(i) === 'up') ? 'up' : 'down'));
    const upProbability = indices.map((i) => (direction(i) === 'up' ? confidence(i) : 1 - confidence(i)));
    expect(metrics.roc_auc).toBe(rocAuc(observed, upProbability, 'up'));
    expect(metrics.brier_score).toBeCloseTo(brierScore(indices.map(hit), indices.map(confidence)), 12);
    const prices = observed.map((side) => (side === 'up' ? 101 : 99));
    const predicted = indices.map((i) => 100 + i / 10);
    expect(metrics.mean_absolute_error).toBeCloseTo(meanAbsoluteError(prices, predicted), 12);
    await monitor.close();
  });

  it('widen the interval of an accuracy whose labels overlap, and say what they are worth', async () => {
    const apart = await fullMonitor();
    expect(apart.monitor.calculateRollingMetrics()).toMatchObject({
      effectiveSampleSize: 10,
      accuracyInterval: accuracyInterval(6, 10, { confidenceLevel: 0.95 }),
    });
    const { monitor } = await fullMonitor(5);
    const size = effectiveSampleSize(indices.map((i) => ({ from: i * HOUR, to: (i + 5) * HOUR })));
    expect(size).toBeLessThan(4);
    const figures = monitor.calculateRollingMetrics();
    expect(figures.effectiveSampleSize).toBeCloseTo(size, 10);
    const { lower, upper } = accuracyInterval(6, 10, { confidenceLevel: 0.95, effectiveSampleSize: size });
    expect(figures.accuracyInterval?.lower).toBeCloseTo(lower, 10);
    expect(figures.accuracyInterval?.upper).toBeCloseTo(upper, 10);
    await monitor.close();
    await apart.monitor.close();
  });

  it('are the same after a restart', async () => {
    const { storage, monitor } = await fullMonitor(3);
    const before = monitor.calculateRollingMetrics();
    await monitor.close();
    const again = await openMonitor({ storage, config });
    expect(again.calculateRollingMetrics()).toEqual(before);
    await again.close();
  });

  it('of a smaller window know its rows alone', async () => {
    const { monitor } = await fullMonitor();
    const sides = indices.slice(-4).map((i) => (direction(i) === 'up' ? 1 : -1));
    expect(monitor.calculateRollingMetrics(4).metrics.turnover).toBe(turnover(sides));
    await monitor.close();
  });
});

describe('summaries and stored windows', () => {
  it('hold every metric that sums give and none that needs the rows', async () => {
    const { storage, monitor } = await fullMonitor();
    const summed = Object.keys(PERFORMANCE_METRICS).filter((name) => !WINDOW_ONLY.some((other) => other === name));
    const { total } = await monitor.getPerformanceSummary(30);
    expect(Object.keys(total.metrics).sort()).toEqual(summed.sort());
    expect(total).not.toHaveProperty('effectiveSampleSize');
    const [window] = await storage.windows.recent({ modelVersionId: 'v1', limit: 1 });
    expect(Object.keys(window!.metrics).sort()).toEqual(summed);
    const rolling: MetricValues = monitor.calculateRollingMetrics().metrics;
    for (const name of summed as (keyof MetricValues)[]) {
      expect(total.metrics[name]).toBeCloseTo(rolling[name]!, 9);
      expect(window!.metrics[name]).toBeCloseTo(rolling[name]!, 9);
    }
    await monitor.close();
  });
});

describe('confidence calibration', () => {
  it('shows errors over both kinds of bins and what the Brier score is made of', async () => {
    const { monitor } = await fullMonitor();
    const calibration = monitor.getConfidenceCalibration();
    const { metrics } = monitor.calculateRollingMetrics();
    expect(calibration.maximumCalibrationError).toBe(metrics.maximum_calibration_error);
    expect(calibration.debiasedCalibrationError).toBe(metrics.debiased_calibration_error);
    expect(calibration.equalMassCalibrationError).toBe(metrics.equal_mass_calibration_error);
    expect(calibration.equalMassMaximumCalibrationError).toBe(metrics.equal_mass_maximum_calibration_error);
    expect(calibration.equalMassBins.map(({ count }) => count)).toEqual(new Array(10).fill(1));
    const { brierScore: score, reliability, resolution, uncertainty, ...within } = calibration.brier!;
    expect(reliability - resolution + uncertainty + within.withinBinVariance - within.withinBinCovariance).toBeCloseTo(
      score,
      14,
    );
    await monitor.close();
  });

  it('of nothing has no figures and no bins of equal mass', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage() });
    const calibration = monitor.getConfidenceCalibration();
    expect(calibration.equalMassBins).toEqual([]);
    expect(calibration).not.toHaveProperty('brier');
    expect(calibration).not.toHaveProperty('maximumCalibrationError');
    await monitor.close();
  });
});
