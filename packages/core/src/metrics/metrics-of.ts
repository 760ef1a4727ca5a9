import type { OutcomeAggregate } from '../aggregates/outcome-aggregate.ts';
import type { AggregateMetric, MetricValues } from '../types/performance.ts';
import { brierScoreOf } from './calibration/brier-score.ts';
import { debiasedCalibrationErrorOf } from './calibration/debiased-calibration-error.ts';
import { expectedCalibrationErrorOf } from './calibration/expected-calibration-error.ts';
import { maximumCalibrationErrorOf } from './calibration/maximum-calibration-error.ts';
import { balancedAccuracyOf } from './classification/balanced-accuracy.ts';
import { confusionCountsOf } from './classification/confusion-counts.ts';
import { f1ScoreOfCounts } from './classification/f1-score.ts';
import { logLossOf } from './classification/log-loss.ts';
import { matthewsCorrelationOf } from './classification/matthews-correlation.ts';
import { precisionOfCounts } from './classification/precision.ts';
import { recallOfCounts } from './classification/recall.ts';
import { meanAbsoluteErrorOf } from './regression/mean-absolute-error.ts';
import { meanAbsolutePercentageErrorOf } from './regression/mean-absolute-percentage-error.ts';
import { rootMeanSquaredErrorOf } from './regression/root-mean-squared-error.ts';
import { directionalAccuracyOf } from './trading/directional-accuracy.ts';
import { meanReturnOf, returnVolatilityOf } from './trading/mean-return.ts';
import { sharpeRatioOf } from './trading/sharpe-ratio.ts';

export interface MetricsOptions {
  /** Net returns in a year, > 0; without it there is no Sharpe ratio. */
  readonly periodsPerYear?: number;
}

/**
 * Every metric of the `AggregateMetric` list that the aggregate defines; the others are absent. Precision, recall
 * and F1 are those of the class `up`; the Sharpe ratio is that of the net returns with no riskless rate; the price
 * errors are those of the outcomes that have a predicted and an observed price.
 *
 * @returns Agrees with the batch functions over the same outcomes: counts exactly, the others to 1e-9.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for `periodsPerYear` not above 0.
 * @remarks O(1).
 * @example
 * const aggregate = new OutcomeAggregate();
 * aggregate.add({ predicted: 'up', observed: 'up', confidence: 0.75 });
 * metricsOf(aggregate);
 * // { accuracy: 1, precision: 1, recall: 1, f1_score: 1, directional_accuracy: 1, confidence_calibration: 0.25,
 * //   balanced_accuracy: 1, log_loss: −ln 0.75, brier_score: 0.0625, maximum_calibration_error: 0.25 }
 */
export function metricsOf(aggregate: OutcomeAggregate, options: MetricsOptions = {}): MetricValues {
  const { periodsPerYear } = options;
  const sharpe =
    periodsPerYear === undefined ? undefined : sharpeRatioOf(aggregate, { riskFreeRate: 0, periodsPerYear });
  if (aggregate.count === 0) return {};
  const counts = confusionCountsOf(aggregate, 'up');
  // One write per name: a write that serves all of them costs more than the metrics themselves.
  const values: { -readonly [metric in AggregateMetric]?: number } = {
    accuracy: aggregate.correct / aggregate.count,
  };
  const precision = precisionOfCounts(counts);
  if (precision !== undefined) values.precision = precision;
  const recall = recallOfCounts(counts);
  if (recall !== undefined) values.recall = recall;
  const f1Score = f1ScoreOfCounts(counts);
  if (f1Score !== undefined) values.f1_score = f1Score;
  const directionalAccuracy = directionalAccuracyOf(aggregate);
  if (directionalAccuracy !== undefined) values.directional_accuracy = directionalAccuracy;
  const confidenceCalibration = expectedCalibrationErrorOf(aggregate);
  if (confidenceCalibration !== undefined) values.confidence_calibration = confidenceCalibration;
  if (sharpe !== undefined) values.sharpe_ratio = sharpe;
  const balancedAccuracy = balancedAccuracyOf(aggregate);
  if (balancedAccuracy !== undefined) values.balanced_accuracy = balancedAccuracy;
  const matthewsCorrelation = matthewsCorrelationOf(aggregate);
  if (matthewsCorrelation !== undefined) values.matthews_correlation = matthewsCorrelation;
  const logLoss = logLossOf(aggregate);
  if (logLoss !== undefined) values.log_loss = logLoss;
  const brierScore = brierScoreOf(aggregate);
  if (brierScore !== undefined) values.brier_score = brierScore;
  const maximumCalibrationError = maximumCalibrationErrorOf(aggregate);
  if (maximumCalibrationError !== undefined) values.maximum_calibration_error = maximumCalibrationError;
  const debiasedCalibrationError = debiasedCalibrationErrorOf(aggregate);
  if (debiasedCalibrationError !== undefined) values.debiased_calibration_error = debiasedCalibrationError;
  const meanAbsoluteError = meanAbsoluteErrorOf(aggregate);
  if (meanAbsoluteError !== undefined) values.mean_absolute_error = meanAbsoluteError;
  const rootMeanSquaredError = rootMeanSquaredErrorOf(aggregate);
  if (rootMeanSquaredError !== undefined) values.root_mean_squared_error = rootMeanSquaredError;
  const meanAbsolutePercentageError = meanAbsolutePercentageErrorOf(aggregate);
  if (meanAbsolutePercentageError !== undefined) values.mean_absolute_percentage_error = meanAbsolutePercentageError;
  const meanReturn = meanReturnOf(aggregate);
  if (meanReturn !== undefined) values.mean_return = meanReturn;
  const returnVolatility = returnVolatilityOf(aggregate);
  if (returnVolatility !== undefined) values.return_volatility = returnVolatility;
  return values;
}
