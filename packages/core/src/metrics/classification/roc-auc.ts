import { InvalidInputError } from '../../errors.ts';
import { requireFinite } from '../../numeric/require-finite.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type Label, requireLabels } from './require-paired-labels.ts';

export const rocAucDescriptor: MetricDescriptor<'roc_auc'> = {
  name: 'roc_auc',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Area under the ROC curve of one class against all others: the share of pairs, one of the class and one not, that the
 * score puts in the right order. A tie counts half.
 *
 *   AUC = (#{score₊ > score₋} + ½·#{score₊ = score₋}) / (n₊ · n₋)
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1: texts, or finite class indices.
 * @param score - Shape (n), finite; the higher, the more `positiveClass`. Only its order counts.
 * @param positiveClass - The class asked about, such as `up`; every other class counts as its opposite.
 * @returns A fraction in [0, 1], best 1, 0.5 without skill and when all scores are equal; `undefined` unless both the
 * class and its opposite were observed.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n log n) time, O(n) space; inputs are not modified. Exact: pairs are counted, not thresholds sampled.
 * @see Hanley & McNeil (1982), Radiology 143:29–36, doi:10.1148/radiology.143.1.7063747; scikit-learn,
 * `sklearn.metrics.roc_auc_score`
 * @example rocAuc(['up', 'down', 'up', 'down'], [0.9, 0.4, 0.4, 0.1], 'up'); // (3 + ½) / 4
 */
export function rocAuc(yTrue: ArrayLike<Label>, score: ArrayLike<number>, positiveClass: Label): number | undefined {
  requireLabels(yTrue, 'yTrue');
  if (score.length !== yTrue.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `score must have ${yTrue.length} values to match yTrue; got ${score.length}`,
    );
  }
  requireFinite(score, 'score');
  const n = yTrue.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => score[a]! - score[b]!);
  let positives = 0;
  let negatives = 0;
  let inOrder = 0;
  for (let start = 0; start < n; ) {
    let tiedPositives = 0;
    let tiedNegatives = 0;
    const tied = score[order[start]!];
    for (; start < n && score[order[start]!] === tied; start++) {
      if (yTrue[order[start]!] === positiveClass) tiedPositives++;
      else tiedNegatives++;
    }
    inOrder += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  return positives === 0 || negatives === 0 ? undefined : inOrder / (positives * negatives);
}
