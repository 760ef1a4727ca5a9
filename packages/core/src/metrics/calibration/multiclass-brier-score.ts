import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requireClassProbabilities } from '../classification/require-class-probabilities.ts';
import type { Label } from '../classification/require-paired-labels.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const multiclassBrierScoreDescriptor: MetricDescriptor<'multiclass_brier_score'> = {
  name: 'multiclass_brier_score',
  direction: 'minimize',
  unit: '1',
  range: [0, 2],
};

/**
 * Brier score over all classes, as Brier wrote it: the mean squared distance of the probabilities from what happened.
 *
 *   BS = (1/n) · Σᵢ Σ_c (pᵢ_c − [yTrueᵢ = c])²
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1, each one of `classes`.
 * @param probabilities - Shape (n × classes), row-major, in [0, 1]; each row sums to 1 within 1e-6.
 * @param classes - Labels in the order of the columns, at least 2.
 * @returns In [0, 2], best 0; for two classes twice the {@link brierScore} of either.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n · classes) time, O(classes) space; inputs are not modified; compensated summation.
 * @see Brier (1950), Monthly Weather Review 78:1–3, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
 * @example multiclassBrierScore(['up'], [0.7, 0.2, 0.1], ['up', 'down', 'flat']); // 0.3² + 0.2² + 0.1² = 0.14
 */
export function multiclassBrierScore(
  yTrue: ArrayLike<Label>,
  probabilities: ArrayLike<number>,
  classes: readonly Label[],
): number {
  const observed = requireClassProbabilities(yTrue, probabilities, classes);
  const sum = new CompensatedSum();
  for (let i = 0; i < probabilities.length; i++) {
    const row = Math.floor(i / classes.length);
    sum.add((probabilities[i]! - (i - row * classes.length === observed[row] ? 1 : 0)) ** 2);
  }
  return sum.value / yTrue.length;
}
