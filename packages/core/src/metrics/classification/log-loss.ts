import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { requireClassProbabilities } from './require-class-probabilities.ts';
import type { Label } from './require-paired-labels.ts';
import { surprise } from './surprise.ts';

export const logLossDescriptor: MetricDescriptor<'log_loss'> = {
  name: 'log_loss',
  direction: 'minimize',
  unit: 'nat',
  range: [0, -Math.log(Number.EPSILON)],
};

/**
 * Log loss: the mean surprise at what was observed, in nats.
 *
 *   log loss = −(1/n) · Σ ln pᵢ,   pᵢ the probability given to the observed class, kept in [ε, 1 − ε], ε = 2⁻⁵²
 *
 * @param yTrue - Observed labels, shape (n), n ≥ 1, each one of `classes`.
 * @param probabilities - Shape (n × classes), row-major, in [0, 1]; each row sums to 1 within 1e-6.
 * @param classes - Labels in the order of the columns, at least 2; not all need to be observed.
 * @returns In [2e-16, 36.04], best near 0; 0.5 for each of two classes scores ln 2 = 0.693.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n · classes) time, O(n) space; inputs are not modified; compensated summation. Clipped as scikit-learn
 * does: without a bound one outcome that was given 0 would make the loss infinite.
 * @see scikit-learn, `sklearn.metrics.log_loss`; Good (1952), Journal of the Royal Statistical Society B 14:107–114
 * @example logLoss(['up', 'down'], [0.5, 0.5, 0.25, 0.75], ['up', 'down']); // −(ln 0.5 + ln 0.75) / 2 = 0.4904
 */
export function logLoss(yTrue: ArrayLike<Label>, probabilities: ArrayLike<number>, classes: readonly Label[]): number {
  const observed = requireClassProbabilities(yTrue, probabilities, classes);
  const sum = new CompensatedSum();
  for (let row = 0; row < observed.length; row++) {
    sum.add(surprise(probabilities[row * classes.length + observed[row]!]!));
  }
  return sum.value / observed.length;
}

/**
 * Log loss of an aggregate; `undefined` while it is empty or where some outcomes were summed without their scores.
 * An outcome without probabilities counts with its confidence: −ln c for a hit, −ln(1 − c) for a miss.
 * Agrees with {@link logLoss} to 1e-12.
 */
export function logLossOf(aggregate: OutcomeAggregate): number | undefined {
  const { count, scoredCount, logLossSum } = aggregate;
  return count === 0 || scoredCount !== count ? undefined : Math.max(0, logLossSum / count);
}
