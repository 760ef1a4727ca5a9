import { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { type BrierDecomposition, brierDecompositionOf } from '../../metrics/calibration/brier-decomposition.ts';
import { debiasedCalibrationErrorOf } from '../../metrics/calibration/debiased-calibration-error.ts';
import {
  equalMassCalibrationError,
  equalMassMaximumCalibrationError,
} from '../../metrics/calibration/equal-mass-calibration-error.ts';
import { equalMassReliabilityTable } from '../../metrics/calibration/equal-mass-reliability-table.ts';
import { expectedCalibrationErrorOf } from '../../metrics/calibration/expected-calibration-error.ts';
import { maximumCalibrationErrorOf } from '../../metrics/calibration/maximum-calibration-error.ts';
import { type ReliabilityBin, reliabilityTableOf } from '../../metrics/calibration/reliability-table.ts';
import type { WindowRow } from '../../metrics/window-only-metrics.ts';
import type { ProportionInterval } from '../../numeric/wilson-interval.ts';
import type { VersionMonitor } from '../version/version-monitor.ts';
import type { LabelCoverage } from './label-coverage.ts';
import { accuracyFigures, type PerformanceFigures, performanceFigures } from './performance-figures.ts';

/** Figures of the newest live outcomes, in arrival order. */
export interface RollingMetrics extends PerformanceFigures {
  /** Absent before the monitor has met a version. */
  readonly modelVersionId?: string;
  /** Outcomes the window can hold; `outcomes` says how many it does. */
  readonly windowSize: number;
  /** Earliest and latest `observedAt` in the window, epoch milliseconds; absent when it is empty. */
  readonly startTime?: number;
  readonly endTime?: number;
}

/** Whether stated confidence is earned: hits against confidence, over the newest live outcomes. */
export interface ConfidenceCalibration {
  readonly modelVersionId?: string;
  readonly windowSize: number;
  readonly outcomes: number;
  readonly labelCoverage: LabelCoverage;
  /** Biased upward for few outcomes: read it beside `outcomes`. Absent when there are none. */
  readonly expectedCalibrationError?: number;
  readonly accuracy?: number;
  /** Of `accuracy`, as in the rolling figures. */
  readonly accuracyInterval?: ProportionInterval;
  /** What always naming the more frequent observed direction would have scored. */
  readonly noSkillAccuracy?: number;
  readonly meanConfidence?: number;
  /** What is left of the error when the part that chance alone makes is taken off; absent as long as no bin holds two. */
  readonly debiasedCalibrationError?: number;
  /** The widest gap of a bin. Absent when there are no outcomes, as the next one. */
  readonly maximumCalibrationError?: number;
  readonly brier?: BrierDecomposition;
  /** Ten equal bins (a, b] of confidence. */
  readonly bins: readonly ReliabilityBin[];
  /** At most ten bins of equally many outcomes, and their errors. */
  readonly equalMassBins: readonly ReliabilityBin[];
  readonly equalMassCalibrationError?: number;
  readonly equalMassMaximumCalibrationError?: number;
}

/** @param version - Absent: the figures of nothing. @param now - Epoch milliseconds. @param windowSize - Default: the configured one. */
export function rollingMetricsOf(
  version: VersionMonitor | undefined,
  settings: PerformanceMonitoringConfig,
  now: number,
  windowSize: number = settings.windowSize,
): RollingMetrics {
  if (version === undefined) {
    return { windowSize, ...performanceFigures(new OutcomeAggregate(), { predictions: 0, resolved: 0 }, settings) };
  }
  const { aggregate, startTime, endTime } = version.window.sums(windowSize);
  return {
    modelVersionId: version.modelVersionId,
    windowSize,
    ...(startTime !== undefined && endTime !== undefined && { startTime, endTime }),
    ...performanceFigures(aggregate, version.coverageAt(now), settings, version.window.entries(aggregate.count)),
  };
}

export function calibrationOf(
  version: VersionMonitor | undefined,
  settings: PerformanceMonitoringConfig,
  now: number,
  windowSize: number = settings.windowSize,
): ConfidenceCalibration {
  const aggregate = version?.window.sums(windowSize).aggregate ?? new OutcomeAggregate();
  const { count } = aggregate;
  const rows = version?.window.entries(count) ?? [];
  const { accuracy, accuracyInterval, noSkillAccuracy } = accuracyFigures(aggregate, settings, rows);
  const error = expectedCalibrationErrorOf(aggregate);
  const debiased = debiasedCalibrationErrorOf(aggregate);
  const widest = maximumCalibrationErrorOf(aggregate);
  const brier = brierDecompositionOf(aggregate);
  return {
    ...(version && { modelVersionId: version.modelVersionId }),
    windowSize,
    outcomes: count,
    labelCoverage: version?.coverageAt(now) ?? { predictions: 0, resolved: 0 },
    ...(error !== undefined && { expectedCalibrationError: error }),
    ...(accuracy !== undefined && { accuracy }),
    ...(accuracyInterval && { accuracyInterval }),
    ...(noSkillAccuracy !== undefined && { noSkillAccuracy }),
    ...(count > 0 && { meanConfidence: aggregate.confidenceSum / count }),
    ...(debiased !== undefined && { debiasedCalibrationError: debiased }),
    ...(widest !== undefined && { maximumCalibrationError: widest }),
    ...(brier && { brier }),
    bins: reliabilityTableOf(aggregate),
    ...equalMassFigures(rows),
  };
}

function equalMassFigures(
  rows: readonly WindowRow[],
): Pick<ConfidenceCalibration, 'equalMassBins' | 'equalMassCalibrationError' | 'equalMassMaximumCalibrationError'> {
  if (rows.length === 0) return { equalMassBins: [] };
  const correct = rows.map(({ observation: { observed, predicted } }) => observed === predicted);
  const confidence = rows.map(({ observation }) => observation.confidence);
  return {
    equalMassBins: equalMassReliabilityTable(correct, confidence),
    equalMassCalibrationError: equalMassCalibrationError(correct, confidence),
    equalMassMaximumCalibrationError: equalMassMaximumCalibrationError(correct, confidence),
  };
}
