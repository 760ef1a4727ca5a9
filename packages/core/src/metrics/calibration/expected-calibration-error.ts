import { CONFIDENCE_BINS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { reliabilityTable } from './reliability-table.ts';

export const expectedCalibrationErrorDescriptor: MetricDescriptor<'confidence_calibration'> = {
  name: 'confidence_calibration',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Expected calibration error (ECE): how far confidence and hit rate lie apart, over ten equal-width bins (a, b].
 *
 *   ECE = Σ_b (n_b / n) · |hits_b / n_b − meanConfidence_b|
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @returns A fraction in [0, 1], best 0.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation. Biased upward for small n: a
 * perfectly calibrated model shows about 0.1 at n = 50. An edge value belongs to the bin below it; netcal's bins are
 * [a, b).
 * @see Naeini, Cooper & Hauskrecht (2015), AAAI 29:2901–2907, doi:10.1609/aaai.v29i1.9602
 * @example expectedCalibrationError([true, false, true, true], [0.55, 0.6, 0.9, 0.9]);
 * // (2/4) · |1/2 − 0.575| + (2/4) · |1 − 0.9| = 0.0875
 */
export function expectedCalibrationError(correct: ArrayLike<boolean>, confidence: ArrayLike<number>): number {
  const error = new CompensatedSum();
  for (const bin of reliabilityTable(correct, confidence)) {
    if (bin.meanConfidence !== undefined) error.add(Math.abs(bin.correct - bin.count * bin.meanConfidence));
  }
  return error.value / confidence.length;
}

/** ECE of an aggregate; `undefined` while it is empty. Agrees with {@link expectedCalibrationError} to 1e-12. */
export function expectedCalibrationErrorOf(aggregate: OutcomeAggregate): number | undefined {
  if (aggregate.count === 0) return undefined;
  let error = 0;
  for (let i = 0; i < CONFIDENCE_BINS; i++) {
    const bin = aggregate.bin(i);
    // An emptied bin may keep a rounding residue.
    if (bin.count > 0) error += Math.abs(bin.correct - bin.confidenceSum);
  }
  return error / aggregate.count;
}
