import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { InvalidInputError } from '../../errors.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requirePairedFinite } from '../../numeric/require-paired-finite.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const meanAbsolutePercentageErrorDescriptor: MetricDescriptor<'mean_absolute_percentage_error'> = {
  name: 'mean_absolute_percentage_error',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, Number.POSITIVE_INFINITY],
};

/** Relative to less, an error would leave the range of a double. */
const SMALLEST_TARGET = 1e-100;

/**
 * Mean absolute percentage error (MAPE), as a fraction: the average size of the errors relative to what was observed.
 *
 *   MAPE = (1/n) · Σ |yTrueᵢ − yPredᵢ| / |yTrueᵢ|
 *
 * @param yTrue - Observed targets, shape (n), n ≥ 1, finite.
 * @param yPred - Predicted targets, shape (n), same unit as `yTrue`, finite.
 * @returns A fraction in [0, ∞), best 0 (0.05 is 5 %); `undefined` when some observed target is 0: no value is put in
 * the place of a ratio that does not exist. scikit-learn divides by 2⁻⁵² there and gives a number near 1e15.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`, also for a target
 * other than 0 that is below 1e-100 in size.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation. Errors below the target cost at most
 * 1, those above are unbounded, so it favours predictions that are too low.
 * @see Hyndman & Koehler (2006), International Journal of Forecasting 22:679–688, doi:10.1016/j.ijforecast.2006.03.001
 * @example meanAbsolutePercentageError([100, 200], [110, 190]); // (0.1 + 0.05) / 2
 */
export function meanAbsolutePercentageError(yTrue: ArrayLike<number>, yPred: ArrayLike<number>): number | undefined {
  requirePairedFinite(yTrue, yPred);
  const sum = new CompensatedSum();
  for (let i = 0; i < yTrue.length; i++) {
    const observed = yTrue[i]!;
    if (observed === 0) return undefined;
    if (Math.abs(observed) < SMALLEST_TARGET) {
      throw new InvalidInputError('OUT_OF_RANGE', `yTrue[${i}] must be 0 or at least 1e-100 in size; got ${observed}`);
    }
    sum.add(Math.abs(observed - yPred[i]!) / Math.abs(observed));
  }
  return sum.value / yTrue.length;
}

/**
 * MAPE of the predicted prices of an aggregate, as a fraction; `undefined` without any. A price is never 0.
 * Agrees with {@link meanAbsolutePercentageError} to 1e-12.
 */
export function meanAbsolutePercentageErrorOf({
  pricedCount,
  percentageErrorSum,
}: OutcomeAggregate): number | undefined {
  return pricedCount === 0 ? undefined : Math.max(0, percentageErrorSum / pricedCount);
}
