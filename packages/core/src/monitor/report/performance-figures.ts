import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { noSkillAccuracyOf } from '../../metrics/classification/no-skill-accuracy.ts';
import { metricsOf } from '../../metrics/metrics-of.ts';
import { type ProportionInterval, wilsonInterval } from '../../numeric/wilson-interval.ts';
import type { MetricValues } from '../../types/performance.ts';
import type { LabelCoverage } from './label-coverage.ts';

/** What a set of outcomes says, and how much of the predictions it covers. An undefined figure is absent. */
export interface PerformanceFigures {
  /** Outcomes the figures rest on. */
  readonly outcomes: number;
  readonly correct: number;
  readonly labelCoverage: LabelCoverage;
  readonly accuracy?: number;
  /** Wilson, at the configured confidence level; it assumes outcomes that do not overlap in time. */
  readonly accuracyInterval?: ProportionInterval;
  /** What always naming the more frequent observed direction would have scored. */
  readonly noSkillAccuracy?: number;
  readonly meanConfidence?: number;
  readonly metrics: MetricValues;
}

export function windowMetrics(
  aggregate: OutcomeAggregate,
  settings: Pick<PerformanceMonitoringConfig, 'periodsPerYear'>,
) {
  return metricsOf(aggregate, settings.periodsPerYear === undefined ? {} : { periodsPerYear: settings.periodsPerYear });
}

export function performanceFigures(
  aggregate: OutcomeAggregate,
  labelCoverage: LabelCoverage,
  settings: Pick<PerformanceMonitoringConfig, 'periodsPerYear' | 'confidenceLevel'>,
): PerformanceFigures {
  const { count, correct } = aggregate;
  const metrics = windowMetrics(aggregate, settings);
  const noSkillAccuracy = noSkillAccuracyOf(aggregate);
  return {
    outcomes: count,
    correct,
    labelCoverage,
    ...(count > 0 && {
      accuracy: correct / count,
      accuracyInterval: wilsonInterval(correct, count, settings.confidenceLevel),
      meanConfidence: aggregate.confidenceSum / count,
    }),
    ...(noSkillAccuracy !== undefined && { noSkillAccuracy }),
    metrics,
  };
}
