import type { PerformanceMetric } from '../types/performance.ts';
import { expectedCalibrationErrorDescriptor } from './calibration/expected-calibration-error.ts';
import { accuracyDescriptor } from './classification/accuracy.ts';
import { f1ScoreDescriptor } from './classification/f1-score.ts';
import { precisionDescriptor } from './classification/precision.ts';
import { recallDescriptor } from './classification/recall.ts';
import type { MetricDescriptor } from './metric-descriptor.ts';
import { directionalAccuracyDescriptor } from './trading/directional-accuracy.ts';
import { sharpeRatioDescriptor } from './trading/sharpe-ratio.ts';

/** The descriptor of each metric a window reports, by the name the tables use. */
export const PERFORMANCE_METRICS: { readonly [Name in PerformanceMetric]: MetricDescriptor<Name> } = {
  accuracy: accuracyDescriptor,
  precision: precisionDescriptor,
  recall: recallDescriptor,
  f1_score: f1ScoreDescriptor,
  directional_accuracy: directionalAccuracyDescriptor,
  confidence_calibration: expectedCalibrationErrorDescriptor,
  sharpe_ratio: sharpeRatioDescriptor,
};
