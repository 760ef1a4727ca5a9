import { CONFIDENCE_BINS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type ReliabilityBin, reliabilityTable } from './reliability-table.ts';

export const maximumCalibrationErrorDescriptor: MetricDescriptor<'maximum_calibration_error'> = {
  name: 'maximum_calibration_error',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Maximum calibration error (MCE): the widest gap of confidence and hit rate, over ten equal-width bins (a, b].
 *
 *   MCE = max_b |hits_b / n_b − meanConfidence_b| over the bins that are not empty
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @returns A fraction in [0, 1], best 0.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation. A bin of one outcome can reach it
 * alone: read it beside the counts of {@link reliabilityTable}. An edge value belongs to the bin below it.
 * @see Naeini, Cooper & Hauskrecht (2015), AAAI 29:2901–2907, doi:10.1609/aaai.v29i1.9602
 * @example maximumCalibrationError([true, false, true, true], [0.55, 0.6, 0.9, 0.9]); // max(|0.5 − 0.575|, |1 − 0.9|) = 0.1
 */
export function maximumCalibrationError(correct: ArrayLike<boolean>, confidence: ArrayLike<number>): number {
  return widestGap(reliabilityTable(correct, confidence)) ?? 0;
}

/** MCE of an aggregate; `undefined` while it is empty. Agrees with {@link maximumCalibrationError} to 1e-12. */
export function maximumCalibrationErrorOf(aggregate: OutcomeAggregate): number | undefined {
  let widest: number | undefined;
  // Not by way of a table: this is read with every outcome.
  for (let i = 0; i < CONFIDENCE_BINS; i++) {
    const { count, correct, confidenceSum } = aggregate.bin(i);
    if (count > 0) widest = Math.max(widest ?? 0, Math.abs(correct / count - confidenceSum / count));
  }
  return widest;
}

/** The widest gap of a table; `undefined` when every bin is empty. */
export function widestGap(bins: readonly ReliabilityBin[]): number | undefined {
  let widest: number | undefined;
  for (const { accuracy, meanConfidence } of bins) {
    if (accuracy === undefined || meanConfidence === undefined) continue;
    widest = Math.max(widest ?? 0, Math.abs(accuracy - meanConfidence));
  }
  return widest;
}
