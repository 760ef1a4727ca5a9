import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requirePairedFinite } from '../../numeric/require-paired-finite.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const meanAbsoluteErrorDescriptor: MetricDescriptor<'mean_absolute_error'> = {
  name: 'mean_absolute_error',
  direction: 'minimize',
  unit: 'unit of the target',
  range: [0, Number.POSITIVE_INFINITY],
};

/**
 * Mean absolute error (MAE): the average size of the errors, ignoring their sign.
 *
 *   MAE = (1/n) · Σ |yTrueᵢ − yPredᵢ|
 *
 * @param yTrue - Observed targets, shape (n), n ≥ 1, finite.
 * @param yPred - Predicted targets, shape (n), same unit as `yTrue`, finite.
 * @returns MAE in the unit of `yTrue`; range [0, ∞), best 0.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation.
 * @see Willmott & Matsuura (2005), Climate Research 30:79–82, doi:10.3354/cr030079
 * @example meanAbsoluteError([100, 102, 101], [101, 102, 99]); // (1 + 0 + 2) / 3
 */
export function meanAbsoluteError(yTrue: ArrayLike<number>, yPred: ArrayLike<number>): number {
  requirePairedFinite(yTrue, yPred);
  const sum = new CompensatedSum();
  for (let i = 0; i < yTrue.length; i++) sum.add(Math.abs(yTrue[i]! - yPred[i]!));
  return sum.value / yTrue.length;
}

/**
 * MAE of the predicted prices of an aggregate, in the unit of the price; `undefined` without any. Only outcomes of one
 * symbol, or of prices in one unit, make a meaningful mean. Agrees with {@link meanAbsoluteError} to 1e-12.
 */
export function meanAbsoluteErrorOf({ pricedCount, absoluteErrorSum }: OutcomeAggregate): number | undefined {
  return pricedCount === 0 ? undefined : Math.max(0, absoluteErrorSum / pricedCount);
}
