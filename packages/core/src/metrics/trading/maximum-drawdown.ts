import type { MetricDescriptor } from '../metric-descriptor.ts';
import { requireCompoundable } from './require-compoundable.ts';

export const maximumDrawdownDescriptor: MetricDescriptor<'maximum_drawdown'> = {
  name: 'maximum_drawdown',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Maximum drawdown: the largest loss from a peak of the equity to a later low, as a fraction of the peak.
 *
 *   MDD = max_i (1 − Eᵢ / max_{j ≤ i} Eⱼ),  E₀ = 1,  Eᵢ = Eᵢ₋₁ · (1 + rᵢ)
 *
 * @param returns - Simple returns per period as fractions, in time order, shape (n), n ≥ 1, each at least −1.
 * @returns A fraction in [0, 1], best 0; 0 when the equity never falls. The start counts as a peak. empyrical gives the
 * same with a minus sign.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` for a return below −1.
 * @remarks O(n) time, O(1) space; inputs are not modified. It sees closes only: lows inside a period are not in it.
 * @see Magdon-Ismail & Atiya (2004), Risk 17:99–102
 * @example maximumDrawdown([0.1, -0.5, 0.2]); // 1 − 0.55 / 1.1 = 0.5
 */
export function maximumDrawdown(returns: ArrayLike<number>): number {
  requireCompoundable(returns);
  // Equity over its peak: a ratio in [0, 1] cannot overflow as the equity itself could.
  let ratio = 1;
  let lowest = 1;
  for (let i = 0; i < returns.length; i++) {
    ratio = Math.min(1, ratio * (1 + returns[i]!));
    lowest = Math.min(lowest, ratio);
  }
  return 1 - lowest;
}
