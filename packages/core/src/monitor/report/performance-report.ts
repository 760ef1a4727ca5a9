import type { StoredPerformanceWindow } from '../../types/performance.ts';
import type { DegradationVerdict } from '../degradation/degradation-verdict.ts';
import type { PerformanceSummary } from './performance-summary.ts';
import type { ConfidenceCalibration, RollingMetrics } from './rolling-metrics.ts';

/** Everything a monitor can say about its model at one moment; the content of the JSON report. */
export interface PerformanceReport {
  readonly formatVersion: 1;
  /** By the monitor's clock, epoch milliseconds. */
  readonly generatedAt: number;
  readonly verdict: DegradationVerdict;
  readonly rolling: RollingMetrics;
  readonly calibration: ConfidenceCalibration;
  readonly summary: PerformanceSummary;
  /** Completed windows of the current version, newest first, at most 1,000. */
  readonly windows: readonly StoredPerformanceWindow[];
}
