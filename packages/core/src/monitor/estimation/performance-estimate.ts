import type { CalibrationMethod } from '../../calibration/calibrator.ts';
import { type ErrorCode, InvalidInputError } from '../../errors.ts';
import type { Direction } from '../../types/prediction.ts';
import type { EstimatedMetric } from './estimated-metric.ts';
import type { EstimationAssumption } from './estimation-assumption.ts';

/** A metric's expected value, and where the realised one will lie if the assumption holds. */
export interface MetricEstimate {
  readonly status: 'estimated';
  readonly value: number;
  /** Of the realised value around the estimate: outcomes not yet drawn, and a reference of finite size. */
  readonly standardError: number;
  /** `value` ∓ z · `standardError`, cut to [0, 1]: holds the realised value with probability `coverage`. */
  readonly lower: number;
  readonly upper: number;
  /** NannyML's sampling error, from the scatter in the reference alone. */
  readonly samplingError: number;
  /** NannyML's band, `value` ∓ 3 · `samplingError`, cut to [0, 1]. */
  readonly referenceBand: { readonly lower: number; readonly upper: number };
}

/** A metric that could not be estimated, and why. */
export interface FailedEstimate {
  readonly status: 'failed';
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Performance estimated before outcomes arrive. Plain data. */
export interface PerformanceEstimate<M extends EstimatedMetric = EstimatedMetric> {
  /** True of every figure here. A model whose world has changed keeps its estimate: only outcomes tell. */
  readonly assumption: EstimationAssumption;
  /** One entry for each metric asked for. */
  readonly metrics: { readonly [metric in M]: MetricEstimate | FailedEstimate };
  /** How many predictions it covers, and how many without overlap of their labels would say as much. */
  readonly predictions: number;
  readonly effectivePredictions: number;
  /**
   * Share of them with a probability lower or higher than any in the reference. There the calibration extrapolates:
   * isotonic regression stays at its end values, so a large share makes an estimate of little worth.
   */
  readonly outsideReference: number;
  /** `predictedAt` of the earliest and the latest, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly modelVersionId: string;
  /** The class that precision, recall, F1 and ROC AUC are of. */
  readonly positiveClass: Direction | 'macro';
  /** Probability that a band holds its realised value, in (0, 1). */
  readonly coverage: number;
  readonly calibration: CalibrationMethod;
  /** What the calibration was fitted on. */
  readonly reference: {
    readonly rows: number;
    readonly effectiveRows: number;
    readonly from: number;
    readonly to: number;
  };
}

/**
 * The estimate of one metric, where a failed one is of no use.
 * @throws {@link InvalidInputError} with the code and the reason of the failure.
 */
export function requireEstimate<M extends EstimatedMetric>(
  estimate: PerformanceEstimate<M>,
  metric: M,
): MetricEstimate {
  const found = estimate.metrics[metric];
  if (found.status === 'estimated') return found;
  throw new InvalidInputError(found.code, `${metric} could not be estimated: ${found.reason}`);
}
