import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { accuracyInterval } from '../../metrics/classification/accuracy-interval.ts';
import { noSkillAccuracyOf } from '../../metrics/classification/no-skill-accuracy.ts';
import { effectiveSampleSize } from '../../metrics/effective-sample-size.ts';
import { metricsOf } from '../../metrics/metrics-of.ts';
import { type WindowRow, windowOnlyMetrics } from '../../metrics/window-only-metrics.ts';
import type { ProportionInterval } from '../../numeric/wilson-interval.ts';
import type { MetricValues } from '../../types/performance.ts';
import type { LabelCoverage } from './label-coverage.ts';

/** What a set of outcomes says, and how much of the predictions it covers. An undefined figure is absent. */
export interface PerformanceFigures {
  /** Outcomes the figures rest on. */
  readonly outcomes: number;
  readonly correct: number;
  readonly labelCoverage: LabelCoverage;
  readonly accuracy?: number;
  /**
   * Wilson, at the configured confidence level, on `effectiveSampleSize` outcomes where labels overlap.
   */
  readonly accuracyInterval?: ProportionInterval;
  /**
   * How many independent outcomes these are worth, overlap of their labels considered: of a rolling window by the
   * labels themselves; of a range of days outcomes / `labelOverlap`, and absent where that is 1.
   */
  readonly effectiveSampleSize?: number;
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

/** An accuracy with what it must be read beside; every field is absent where there are no outcomes. */
export type AccuracyFigures = Pick<
  PerformanceFigures,
  'accuracy' | 'accuracyInterval' | 'effectiveSampleSize' | 'noSkillAccuracy'
>;

/** @param rows - The outcomes summed up, where they are at hand: what they are worth is read from their labels. */
export function accuracyFigures(
  aggregate: OutcomeAggregate,
  { confidenceLevel, labelOverlap }: Pick<PerformanceMonitoringConfig, 'confidenceLevel' | 'labelOverlap'>,
  rows: readonly WindowRow[] = [],
): AccuracyFigures {
  const { count, correct } = aggregate;
  if (count === 0) return {};
  const noSkillAccuracy = noSkillAccuracyOf(aggregate);
  const effective = rows.length === 0 ? worthOfOverlapping(count, labelOverlap) : effectiveOutcomes(rows);
  return {
    accuracy: correct / count,
    accuracyInterval: accuracyInterval(correct, count, {
      confidenceLevel,
      ...(effective !== undefined && { effectiveSampleSize: effective }),
    }),
    ...(effective !== undefined && { effectiveSampleSize: effective }),
    ...(noSkillAccuracy !== undefined && { noSkillAccuracy }),
  };
}

/** @param rows - The outcomes summed up, where they are at hand; without them what needs rows is absent. */
export function performanceFigures(
  aggregate: OutcomeAggregate,
  labelCoverage: LabelCoverage,
  settings: Pick<PerformanceMonitoringConfig, 'periodsPerYear' | 'confidenceLevel' | 'labelOverlap'>,
  rows: readonly WindowRow[] = [],
): PerformanceFigures {
  const { count, correct } = aggregate;
  const { periodsPerYear } = settings;
  return {
    outcomes: count,
    correct,
    labelCoverage,
    ...accuracyFigures(aggregate, settings, rows),
    ...(count > 0 && { meanConfidence: aggregate.confidenceSum / count }),
    metrics: {
      ...windowMetrics(aggregate, settings),
      ...windowOnlyMetrics(rows, periodsPerYear === undefined ? {} : { periodsPerYear }),
    },
  };
}

/** @returns `undefined` for what it is when nothing overlaps: each counts fully. */
export function worthOfOverlapping(outcomes: number, labelOverlap: number): number | undefined {
  return labelOverlap > 1 && outcomes > 0 ? Math.max(1, outcomes / labelOverlap) : undefined;
}

/** Labels of one symbol overlap; those of different symbols count apart. */
function effectiveOutcomes(rows: readonly WindowRow[]): number {
  let total = 0;
  for (const group of Map.groupBy(rows, ({ segment }) => segment).values()) {
    total += effectiveSampleSize(
      group.map(({ observedAt, observation: { predictedAt = observedAt } }) => ({
        from: Math.min(predictedAt, observedAt),
        to: observedAt,
      })),
    );
  }
  return Math.min(total, rows.length);
}
