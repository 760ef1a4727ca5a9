import type { OutcomeAggregate } from '../aggregates/outcome-aggregate.ts';
import type { MetricValues, PerformanceMetric } from '../types/performance.ts';
import { expectedCalibrationErrorOf } from './calibration/expected-calibration-error.ts';
import { confusionCountsOf } from './classification/confusion-counts.ts';
import { f1ScoreOfCounts } from './classification/f1-score.ts';
import { precisionOfCounts } from './classification/precision.ts';
import { recallOfCounts } from './classification/recall.ts';
import { directionalAccuracyOf } from './trading/directional-accuracy.ts';
import { sharpeRatioOf } from './trading/sharpe-ratio.ts';

export interface MetricsOptions {
  /** Net returns in a year, > 0; without it there is no Sharpe ratio. */
  readonly periodsPerYear?: number;
}

/**
 * Every metric of the `PerformanceMetric` list that the aggregate defines; the others are absent. Precision, recall
 * and F1 are those of the class `up`; the Sharpe ratio is that of the net returns with no riskless rate.
 *
 * @returns Agrees with the batch functions over the same outcomes: counts exactly, ECE to 1e-12, Sharpe to 1e-9.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for `periodsPerYear` not above 0.
 * @remarks O(1).
 * @example
 * const aggregate = new OutcomeAggregate();
 * aggregate.add({ predicted: 'up', observed: 'up', confidence: 0.75 });
 * metricsOf(aggregate);
 * // { accuracy: 1, precision: 1, recall: 1, f1_score: 1, directional_accuracy: 1, confidence_calibration: 0.25 }
 */
export function metricsOf(aggregate: OutcomeAggregate, options: MetricsOptions = {}): MetricValues {
  const { periodsPerYear } = options;
  const sharpe =
    periodsPerYear === undefined ? undefined : sharpeRatioOf(aggregate, { riskFreeRate: 0, periodsPerYear });
  if (aggregate.count === 0) return {};
  const values: { -readonly [metric in PerformanceMetric]?: number } = {
    accuracy: aggregate.correct / aggregate.count,
  };
  const counts = confusionCountsOf(aggregate, 'up');
  assign(values, 'precision', precisionOfCounts(counts));
  assign(values, 'recall', recallOfCounts(counts));
  assign(values, 'f1_score', f1ScoreOfCounts(counts));
  assign(values, 'directional_accuracy', directionalAccuracyOf(aggregate));
  assign(values, 'confidence_calibration', expectedCalibrationErrorOf(aggregate));
  assign(values, 'sharpe_ratio', sharpe);
  return values;
}

function assign(
  values: { -readonly [metric in PerformanceMetric]?: number },
  metric: PerformanceMetric,
  value: number | undefined,
): void {
  if (value !== undefined) values[metric] = value;
}
