import { InvalidInputError } from '../../errors.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import type { ReliabilityBin } from './reliability-table.ts';
import { requireJudgedConfidence } from './require-judged-confidence.ts';

const MOST_BINS = 1_000;

/**
 * Reliability table over confidence bins that hold equally many predictions, as far as ties allow.
 *
 * Edge k of B is the ⌈k·n/B⌉-th smallest confidence (quantile definition 1 of Hyndman & Fan). Bins are (a, b]: an edge
 * value belongs to the bin below it, so that equal confidences are never parted. Edges that coincide leave fewer bins;
 * when all confidences are equal there is one.
 *
 * @param correct - Whether each prediction was right, shape (n), n ≥ 1.
 * @param confidence - Probability given to each predicted class, shape (n), in [0, 1].
 * @param binCount - B, a whole number from 1 to 1,000. Default 10.
 * @returns At most min(B, n) bins, none empty, lowest first; the first starts at 0, the last ends at the largest
 * confidence.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n log n) time, O(n) space; inputs are not modified; the order of the predictions does not matter.
 * @see Nguyen & O'Connor (2015), EMNLP, doi:10.18653/v1/D15-1182; Hyndman & Fan (1996), The American Statistician
 * 50:361–365, doi:10.1080/00031305.1996.10473566
 * @example equalMassReliabilityTable([true, false, true, true], [0.6, 0.7, 0.8, 0.8], 2);
 * // (0, 0.7]: 2 outcomes, 1 right; (0.7, 0.8]: 2 outcomes, 2 right
 */
export function equalMassReliabilityTable(
  correct: ArrayLike<boolean>,
  confidence: ArrayLike<number>,
  binCount = 10,
): readonly ReliabilityBin[] {
  requireJudgedConfidence(correct, confidence);
  if (!Number.isInteger(binCount) || binCount < 1 || binCount > MOST_BINS) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `binCount must be a whole number from 1 to ${MOST_BINS}; got ${binCount}`,
    );
  }
  const n = confidence.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => confidence[a]! - confidence[b]!);
  const table: ReliabilityBin[] = [];
  let from = 0;
  let next = 0;
  for (let k = 1; k <= binCount; k++) {
    const to = confidence[order[Math.ceil((k * n) / binCount) - 1]!]!;
    const sum = new CompensatedSum();
    const start = next;
    let hits = 0;
    for (; next < n && confidence[order[next]!]! <= to; next++) {
      sum.add(confidence[order[next]!]!);
      if (correct[order[next]!]) hits++;
    }
    const count = next - start;
    if (count === 0) continue;
    table.push({ from, to, count, correct: hits, accuracy: hits / count, meanConfidence: sum.value / count });
    from = to;
  }
  return table;
}
