import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { requireCompoundable } from './require-compoundable.ts';

export const totalReturnDescriptor: MetricDescriptor<'total_return'> = {
  name: 'total_return',
  direction: 'maximize',
  unit: 'fraction',
  range: [-1, Number.POSITIVE_INFINITY],
};

/**
 * Total return: what one unit, reinvested each period, has gained.
 *
 *   R = Π (1 + rᵢ) − 1
 *
 * @param returns - Simple returns per period as fractions, shape (n), n ≥ 1, each at least −1.
 * @returns A fraction of at least −1; −1 once all is lost. `undefined` beyond 1e308.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` for a return below −1.
 * @remarks O(n) time, O(1) space; inputs are not modified; summed as logarithms, so that many small returns lose nothing.
 * @example totalReturn([0.1, -0.5]); // 1.1 · 0.5 − 1 = −0.45
 */
export function totalReturn(returns: ArrayLike<number>): number | undefined {
  const total = Math.expm1(logGrowth(returns));
  return total === Number.POSITIVE_INFINITY ? undefined : total;
}

/** Σ ln(1 + rᵢ); −∞ once all is lost. @throws as {@link totalReturn}. */
export function logGrowth(returns: ArrayLike<number>): number {
  requireCompoundable(returns);
  const sum = new CompensatedSum();
  for (let i = 0; i < returns.length; i++) {
    // −∞ in a compensated sum would make NaN of the rest.
    if (returns[i] === -1) return Number.NEGATIVE_INFINITY;
    sum.add(Math.log1p(returns[i]!));
  }
  return sum.value;
}
