import type { PerformanceMetric } from '../types/performance.ts';
import { brierScoreDescriptor } from './calibration/brier-score.ts';
import { debiasedCalibrationErrorDescriptor } from './calibration/debiased-calibration-error.ts';
import {
  equalMassCalibrationErrorDescriptor,
  equalMassMaximumCalibrationErrorDescriptor,
} from './calibration/equal-mass-calibration-error.ts';
import { expectedCalibrationErrorDescriptor } from './calibration/expected-calibration-error.ts';
import { maximumCalibrationErrorDescriptor } from './calibration/maximum-calibration-error.ts';
import { accuracyDescriptor } from './classification/accuracy.ts';
import { balancedAccuracyDescriptor } from './classification/balanced-accuracy.ts';
import { f1ScoreDescriptor } from './classification/f1-score.ts';
import { logLossDescriptor } from './classification/log-loss.ts';
import { matthewsCorrelationDescriptor } from './classification/matthews-correlation.ts';
import { precisionDescriptor } from './classification/precision.ts';
import { recallDescriptor } from './classification/recall.ts';
import { rocAucDescriptor } from './classification/roc-auc.ts';
import type { MetricDescriptor } from './metric-descriptor.ts';
import { meanAbsoluteErrorDescriptor } from './regression/mean-absolute-error.ts';
import { meanAbsolutePercentageErrorDescriptor } from './regression/mean-absolute-percentage-error.ts';
import { rootMeanSquaredErrorDescriptor } from './regression/root-mean-squared-error.ts';
import { calmarRatioDescriptor } from './trading/calmar-ratio.ts';
import { directionalAccuracyDescriptor } from './trading/directional-accuracy.ts';
import { maximumDrawdownDescriptor } from './trading/maximum-drawdown.ts';
import { meanReturnDescriptor, returnVolatilityDescriptor } from './trading/mean-return.ts';
import { probabilisticSharpeRatioDescriptor } from './trading/probabilistic-sharpe-ratio.ts';
import { sharpeRatioDescriptor } from './trading/sharpe-ratio.ts';
import { sortinoRatioDescriptor } from './trading/sortino-ratio.ts';
import { totalReturnDescriptor } from './trading/total-return.ts';
import { turnoverDescriptor } from './trading/turnover.ts';

/** The descriptor of each metric a window reports, by the name the tables use. */
export const PERFORMANCE_METRICS: { readonly [Name in PerformanceMetric]: MetricDescriptor<Name> } = {
  accuracy: accuracyDescriptor,
  precision: precisionDescriptor,
  recall: recallDescriptor,
  f1_score: f1ScoreDescriptor,
  directional_accuracy: directionalAccuracyDescriptor,
  confidence_calibration: expectedCalibrationErrorDescriptor,
  sharpe_ratio: sharpeRatioDescriptor,
  balanced_accuracy: balancedAccuracyDescriptor,
  matthews_correlation: matthewsCorrelationDescriptor,
  log_loss: logLossDescriptor,
  brier_score: brierScoreDescriptor,
  maximum_calibration_error: maximumCalibrationErrorDescriptor,
  debiased_calibration_error: debiasedCalibrationErrorDescriptor,
  mean_absolute_error: meanAbsoluteErrorDescriptor,
  root_mean_squared_error: rootMeanSquaredErrorDescriptor,
  mean_absolute_percentage_error: meanAbsolutePercentageErrorDescriptor,
  mean_return: meanReturnDescriptor,
  return_volatility: returnVolatilityDescriptor,
  roc_auc: rocAucDescriptor,
  equal_mass_calibration_error: equalMassCalibrationErrorDescriptor,
  equal_mass_maximum_calibration_error: equalMassMaximumCalibrationErrorDescriptor,
  total_return: totalReturnDescriptor,
  sortino_ratio: sortinoRatioDescriptor,
  maximum_drawdown: maximumDrawdownDescriptor,
  calmar_ratio: calmarRatioDescriptor,
  turnover: turnoverDescriptor,
  probabilistic_sharpe_ratio: probabilisticSharpeRatioDescriptor,
};
