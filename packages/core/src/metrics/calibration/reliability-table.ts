import { CONFIDENCE_BINS, confidenceBin, type OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requireJudgedConfidence } from './require-judged-confidence.ts';

/** The predictions whose confidence lies in (from, to]. */
export interface ReliabilityBin {
  /** Lower edge, exclusive (but 0 itself counts in the first bin). */
  readonly from: number;
  /** Upper edge, inclusive. */
  readonly to: number;
  readonly count: number;
  readonly correct: number;
  /** Share of hits; absent in an empty bin. */
  readonly accuracy?: number;
  /** Mean confidence; absent in an empty bin. */
  readonly meanConfidence?: number;
}

/**
 * Reliability table: hits and mean confidence in ten equal-width confidence bins (a, b].
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @returns Ten bins, lowest first; their counts sum to n. Well calibrated means accuracy ≈ mean confidence in each.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation. An edge value belongs to the bin
 * below it, as in scikit-learn's `calibration_curve`; netcal's bins are [a, b).
 * @see Niculescu-Mizil & Caruana (2005), ICML, doi:10.1145/1102351.1102430
 * @example reliabilityTable([true, false], [0.55, 0.6])[5];
 * // { from: 0.5, to: 0.6, count: 2, correct: 1, accuracy: 0.5, meanConfidence: 0.575 }
 */
export function reliabilityTable(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
): readonly ReliabilityBin[] {
  requireJudgedConfidence(correct, confidence);
  const counts = new Float64Array(CONFIDENCE_BINS);
  const hits = new Float64Array(CONFIDENCE_BINS);
  const sums = Array.from({ length: CONFIDENCE_BINS }, () => new CompensatedSum());
  for (let i = 0; i < confidence.length; i++) {
    const bin = confidenceBin(confidence[i]!);
    counts[bin]! += 1;
    if (correct[i]) hits[bin]! += 1;
    sums[bin]!.add(confidence[i]!);
  }
  return sums.map((sum, i) => reliabilityBin(i, counts[i]!, hits[i]!, sum.value));
}

/** The reliability table of an aggregate; ten empty bins while it is empty. */
export function reliabilityTableOf(aggregate: OutcomeAggregate): readonly ReliabilityBin[] {
  return Array.from({ length: CONFIDENCE_BINS }, (_, i) => {
    const { count, correct, confidenceSum } = aggregate.bin(i);
    return reliabilityBin(i, count, correct, confidenceSum);
  });
}

function reliabilityBin(index: number, count: number, correct: number, confidenceSum: number): ReliabilityBin {
  const edges = { from: index / CONFIDENCE_BINS, to: (index + 1) / CONFIDENCE_BINS };
  if (count === 0) return { ...edges, count, correct };
  return { ...edges, count, correct, accuracy: correct / count, meanConfidence: confidenceSum / count };
}
