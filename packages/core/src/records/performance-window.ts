import type { PerformanceMetric, StoredPerformanceWindow } from '../types/performance.ts';
import {
  allOf,
  type Checker,
  type FieldCheckers,
  isObject,
  optional,
  problem,
  requireRecord,
  shape,
  within,
} from './checker.ts';
import { finite, identifier, positiveUnitInterval, timestamp, unitInterval, whole } from './scalar-checkers.ts';

const metricFields: { readonly [metric in PerformanceMetric]: Checker } = {
  accuracy: optional(finite),
  precision: optional(finite),
  recall: optional(finite),
  f1_score: optional(finite),
  directional_accuracy: optional(finite),
  confidence_calibration: optional(finite),
  sharpe_ratio: optional(finite),
  balanced_accuracy: optional(finite),
  matthews_correlation: optional(finite),
  log_loss: optional(finite),
  brier_score: optional(finite),
  maximum_calibration_error: optional(finite),
  debiased_calibration_error: optional(finite),
  mean_absolute_error: optional(finite),
  root_mean_squared_error: optional(finite),
  mean_absolute_percentage_error: optional(finite),
  mean_return: optional(finite),
  return_volatility: optional(finite),
  roc_auc: optional(finite),
  equal_mass_calibration_error: optional(finite),
  equal_mass_maximum_calibration_error: optional(finite),
  total_return: optional(finite),
  sortino_ratio: optional(finite),
  maximum_drawdown: optional(finite),
  calmar_ratio: optional(finite),
  turnover: optional(finite),
  probabilistic_sharpe_ratio: optional(finite),
};

const fields: FieldCheckers<StoredPerformanceWindow> = {
  modelVersionId: identifier,
  segment: optional(identifier),
  windowSize: whole(1),
  predictionsCount: whole(0),
  correctPredictions: whole(0),
  accuracy: optional(unitInterval),
  accuracyInterval: optional(shape({ lower: unitInterval, upper: unitInterval })),
  noSkillAccuracy: optional(unitInterval),
  confidenceAvg: optional(positiveUnitInterval),
  startTime: timestamp,
  endTime: timestamp,
  metrics: shape(metricFields),
  lastSequence: whole(0),
};

/** Outcomes arrive in any order of `observedAt`, so `startTime` and `endTime` are their least and greatest. */
const consistent: Checker = (value) => {
  if (!isObject(value)) return problem('an object', value);
  const { windowSize, predictionsCount, correctPredictions, accuracyInterval, startTime, endTime } = value;
  if (Number(predictionsCount) > Number(windowSize)) {
    return within('predictionsCount', problem(`at most windowSize (${windowSize})`, predictionsCount));
  }
  if (Number(correctPredictions) > Number(predictionsCount)) {
    return within('correctPredictions', problem(`at most predictionsCount (${predictionsCount})`, correctPredictions));
  }
  if (isObject(accuracyInterval) && Number(accuracyInterval.upper) < Number(accuracyInterval.lower)) {
    const { lower, upper } = accuracyInterval;
    return within('accuracyInterval', within('upper', problem(`at or above lower (${lower})`, upper)));
  }
  return Number(endTime) >= Number(startTime)
    ? undefined
    : within('endTime', problem(`at or after startTime (${startTime})`, endTime));
};

const checker: Checker = allOf(shape(fields), consistent);

/** The canonical copy of a completed window. @throws {@link InvalidInputError} `INVALID_RECORD`. */
export function requirePerformanceWindow(record: StoredPerformanceWindow): StoredPerformanceWindow {
  return requireRecord(record, 'performance window', checker);
}
