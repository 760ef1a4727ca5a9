/** Metrics that follow from sums over outcomes: any window, any range, any merge of both. */
export type AggregateMetric =
  | 'accuracy'
  | 'precision'
  | 'recall'
  | 'f1_score'
  | 'directional_accuracy'
  | 'confidence_calibration'
  | 'sharpe_ratio'
  | 'balanced_accuracy'
  | 'matthews_correlation'
  | 'log_loss'
  | 'brier_score'
  | 'maximum_calibration_error'
  | 'debiased_calibration_error'
  | 'mean_absolute_error'
  | 'root_mean_squared_error'
  | 'mean_absolute_percentage_error'
  | 'mean_return'
  | 'return_volatility';

/** Metrics that need the outcomes themselves: in the figures of a rolling window, absent from stored windows and ranges. */
export type WindowOnlyMetric =
  | 'roc_auc'
  | 'equal_mass_calibration_error'
  | 'equal_mass_maximum_calibration_error'
  | 'total_return'
  | 'sortino_ratio'
  | 'maximum_drawdown'
  | 'calmar_ratio'
  | 'turnover'
  | 'probabilistic_sharpe_ratio';

/** The metrics a window reports, under the names the tables use. */
export type PerformanceMetric = AggregateMetric | WindowOnlyMetric;

/** Metric values; an undefined metric is absent, never 0 and never NaN. */
export type MetricValues = { readonly [metric in PerformanceMetric]?: number };

/** The last n outcomes of a model version (or of one segment of it), summed up. */
export interface PerformanceWindow {
  readonly modelVersionId: string;
  /** The symbol, when the window covers one segment only. */
  readonly segment?: string;
  /** How many outcomes the window can hold. */
  readonly windowSize: number;
  /** How many outcomes it holds. */
  readonly predictionsCount: number;
  readonly correctPredictions: number;
  readonly accuracy?: number;
  /** Of `accuracy`, as in the rolling figures; absent, as the next one, from windows of a release that knew neither. */
  readonly accuracyInterval?: { readonly lower: number; readonly upper: number };
  /** What always naming the window's more frequent observed direction would have scored. */
  readonly noSkillAccuracy?: number;
  readonly confidenceAvg?: number;
  /** `observedAt` of the oldest and newest outcome, epoch milliseconds. */
  readonly startTime: number;
  readonly endTime: number;
  readonly metrics: MetricValues;
}

/** A window as stored: one per completion, keyed by the sequence of its last outcome. */
export interface StoredPerformanceWindow extends PerformanceWindow {
  readonly lastSequence: number;
}
