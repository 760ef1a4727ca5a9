import { CONFIDENCE_BINS, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type ReliabilityBin, reliabilityTable } from './reliability-table.ts';

export const debiasedCalibrationErrorDescriptor: MetricDescriptor<'debiased_calibration_error'> = {
  name: 'debiased_calibration_error',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Debiased calibration error: the root mean square gap of confidence and hit rate over ten equal-width bins (a, b],
 * without what chance alone puts into a gap.
 *
 *   DCE = √max(0, v),  v = Σ_b (n_b / N) · [(ō_b − f̄_b)² − ō_b (1 − ō_b) / (n_b − 1)]
 *
 * with ō_b the hit rate and f̄_b the mean confidence of bin b. A single outcome says nothing about its own variance:
 * sums and N run over the bins that hold at least 2.
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @returns A fraction in [0, 1], best 0; `undefined` when no bin holds 2 outcomes. For independent outcomes the mean of
 * v is the squared gap itself, whatever n; the mean of ECE is not its gap, but lies about 0.1 above it at n = 50. The
 * root is cut off at 0, so a calibrated model often shows exactly 0. Without noise it is at least ECE (a root mean
 * square is at least a mean).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified. v without the cut is {@link debiasedSquaredCalibrationError}.
 * @see Bröcker (2012), Climate Dynamics 39:655–667, doi:10.1007/s00382-011-1191-1; Ferro & Fricker (2012), Quarterly
 * Journal of the Royal Meteorological Society 138:1954–1960, doi:10.1002/qj.1924; Kumar, Liang & Ma (2019), NeurIPS 32,
 * arXiv:1909.10155
 * @example debiasedCalibrationError([true, true, true, false], [0.35, 0.35, 0.35, 0.35]);
 * // √((0.75 − 0.35)² − 0.75 · 0.25 / 3) = √0.0975 = 0.3122
 */
export function debiasedCalibrationError(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
): number | undefined {
  return cutRoot(debiasedSquare(reliabilityTable(correct, confidence)));
}

/**
 * v of {@link debiasedCalibrationError}: an unbiased estimate, so below 0 about half of the time for a calibrated model.
 * @returns In [−0.25, 1]; `undefined` when no bin holds 2 outcomes. @throws as {@link debiasedCalibrationError}.
 */
export function debiasedSquaredCalibrationError(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
): number | undefined {
  return debiasedSquare(reliabilityTable(correct, confidence));
}

/** Debiased calibration error of an aggregate. Agrees with {@link debiasedCalibrationError} to 1e-6, v to 1e-12. */
export function debiasedCalibrationErrorOf(aggregate: OutcomeAggregate): number | undefined {
  let total = 0;
  let sum = 0;
  // Not by way of a table: this is read with every outcome.
  for (let i = 0; i < CONFIDENCE_BINS; i++) {
    const { count, correct, confidenceSum } = aggregate.bin(i);
    if (count < 2) continue;
    total += count;
    sum += count * unbiasedSquare(count, correct / count, confidenceSum / count);
  }
  return cutRoot(total === 0 ? undefined : sum / total);
}

function debiasedSquare(bins: readonly ReliabilityBin[]): number | undefined {
  let total = 0;
  let sum = 0;
  for (const { count, accuracy, meanConfidence } of bins) {
    if (count < 2 || accuracy === undefined || meanConfidence === undefined) continue;
    total += count;
    sum += count * unbiasedSquare(count, accuracy, meanConfidence);
  }
  return total === 0 ? undefined : sum / total;
}

/** The squared gap of one bin of at least 2 outcomes, without what chance puts into it. */
function unbiasedSquare(count: number, accuracy: number, meanConfidence: number): number {
  return (accuracy - meanConfidence) ** 2 - (accuracy * (1 - accuracy)) / (count - 1);
}

function cutRoot(square: number | undefined): number | undefined {
  return square === undefined ? undefined : Math.sqrt(Math.max(0, square));
}
