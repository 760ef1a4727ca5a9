import { InvalidInputError } from '../../errors.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { maximumDrawdown } from './maximum-drawdown.ts';
import { logGrowth } from './total-return.ts';

export const calmarRatioDescriptor: MetricDescriptor<'calmar_ratio'> = {
  name: 'calmar_ratio',
  direction: 'maximize',
  unit: '1',
  range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};

export interface CalmarRatioOptions {
  /** Periods in a year, > 0; no default. */
  readonly periodsPerYear: number;
}

/**
 * Calmar ratio: compound annual return per unit of maximum drawdown.
 *
 *   Calmar = ((Π (1 + rᵢ))^(periodsPerYear / n) − 1) / MDD
 *
 * @param returns - Simple returns per period as fractions, in time order, shape (n), n ≥ 1, each at least −1.
 * @returns Unbounded, larger is better; `undefined` when the equity never falls, or when the annual return overflows.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified. A few returns blown up to a year make huge ratios.
 * @see Young (1991), Futures 20:40; empyrical, `calmar_ratio`
 * @example calmarRatio([0.1, -0.5, 0.2], { periodsPerYear: 3 }); // (1.1 · 0.5 · 1.2 − 1) / 0.5 = −0.68
 */
export function calmarRatio(returns: ArrayLike<number>, { periodsPerYear }: CalmarRatioOptions): number | undefined {
  if (!(periodsPerYear > 0 && periodsPerYear < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `periodsPerYear must be a finite number above 0; got ${periodsPerYear}`,
    );
  }
  const annual = Math.expm1((logGrowth(returns) * periodsPerYear) / returns.length);
  const drawdown = maximumDrawdown(returns);
  const ratio = annual / drawdown;
  return drawdown === 0 || !Number.isFinite(ratio) ? undefined : ratio;
}
