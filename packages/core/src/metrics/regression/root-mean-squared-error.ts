import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requirePairedFinite } from '../../numeric/require-paired-finite.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const rootMeanSquaredErrorDescriptor: MetricDescriptor<'root_mean_squared_error'> = {
  name: 'root_mean_squared_error',
  direction: 'minimize',
  unit: 'unit of the target',
  range: [0, Number.POSITIVE_INFINITY],
};

/**
 * Root mean squared error (RMSE): the size of the errors, large ones weighing more.
 *
 *   RMSE = √((1/n) · Σ (yTrueᵢ − yPredᵢ)²)
 *
 * @param yTrue - Observed targets, shape (n), n ≥ 1, finite.
 * @param yPred - Predicted targets, shape (n), same unit as `yTrue`, finite.
 * @returns RMSE in the unit of `yTrue`; range [0, ∞), best 0, at least the mean absolute error.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation.
 * @see Chai & Draxler (2014), Geoscientific Model Development 7:1247–1250, doi:10.5194/gmd-7-1247-2014
 * @example rootMeanSquaredError([100, 102, 101], [101, 102, 99]); // √((1 + 0 + 4) / 3)
 */
export function rootMeanSquaredError(yTrue: ArrayLike<number>, yPred: ArrayLike<number>): number {
  requirePairedFinite(yTrue, yPred);
  const sum = new CompensatedSum();
  for (let i = 0; i < yTrue.length; i++) sum.add((yTrue[i]! - yPred[i]!) ** 2);
  return Math.sqrt(sum.value / yTrue.length);
}

/**
 * RMSE of the predicted prices of an aggregate, in the unit of the price; `undefined` without any. Only outcomes of one
 * symbol, or of prices in one unit, make a meaningful mean. Agrees with {@link rootMeanSquaredError} to 1e-12.
 */
export function rootMeanSquaredErrorOf({ pricedCount, squaredErrorSum }: OutcomeAggregate): number | undefined {
  return pricedCount === 0 ? undefined : Math.sqrt(Math.max(0, squaredErrorSum / pricedCount));
}
