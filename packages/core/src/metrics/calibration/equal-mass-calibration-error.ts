import type { MetricDescriptor } from '../metric-descriptor.ts';
import { equalMassReliabilityTable } from './equal-mass-reliability-table.ts';
import { widestGap } from './maximum-calibration-error.ts';

export const equalMassCalibrationErrorDescriptor: MetricDescriptor<'equal_mass_calibration_error'> = {
  name: 'equal_mass_calibration_error',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, 1],
};

export const equalMassMaximumCalibrationErrorDescriptor: MetricDescriptor<'equal_mass_maximum_calibration_error'> = {
  name: 'equal_mass_maximum_calibration_error',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Expected calibration error over bins of equally many predictions (adaptive ECE).
 *
 *   ECE = Σ_b (n_b / n) · |hits_b / n_b − meanConfidence_b|,  b over {@link equalMassReliabilityTable}
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @param binCount - A whole number from 1 to 1,000. Default 10.
 * @returns A fraction in [0, 1], best 0. Biased upward for small n, as every ECE. When all confidences are equal it is
 * |hit rate − confidence|.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n log n) time, O(n) space; inputs are not modified. Not mergeable: its edges depend on all confidences.
 * @see Nguyen & O'Connor (2015), EMNLP, doi:10.18653/v1/D15-1182
 * @example equalMassCalibrationError([true, false, true, true], [0.6, 0.7, 0.8, 0.8], 2);
 * // (2/4) · |1/2 − 0.65| + (2/4) · |1 − 0.8| = 0.175
 */
export function equalMassCalibrationError(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
  binCount = 10,
): number {
  let error = 0;
  for (const bin of equalMassReliabilityTable(correct, confidence, binCount)) {
    error += Math.abs(bin.correct - bin.count * (bin.meanConfidence ?? 0));
  }
  return error / confidence.length;
}

/**
 * Maximum calibration error over bins of equally many predictions: the widest gap of {@link equalMassReliabilityTable}.
 * @returns A fraction in [0, 1], best 0. @throws as {@link equalMassCalibrationError}.
 * @example equalMassMaximumCalibrationError([true, false, true, true], [0.6, 0.7, 0.8, 0.8], 2); // |1 − 0.8| = 0.2
 */
export function equalMassMaximumCalibrationError(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
  binCount = 10,
): number {
  return widestGap(equalMassReliabilityTable(correct, confidence, binCount)) ?? 0;
}
