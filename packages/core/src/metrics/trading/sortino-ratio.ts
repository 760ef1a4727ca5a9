import { InvalidInputError } from '../../errors.ts';
import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { mean } from '../../numeric/mean.ts';
import { requireFiniteValue } from '../../numeric/require-finite.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const sortinoRatioDescriptor: MetricDescriptor<'sortino_ratio'> = {
  name: 'sortino_ratio',
  direction: 'maximize',
  unit: '1',
  range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};

/** Market conventions of a Sortino ratio; none has a default. */
export interface SortinoRatioOptions {
  /** Simple return per period below which a return counts as a loss, as a fraction. */
  readonly minimumAcceptableReturn: number;
  /** Periods in a year, > 0. */
  readonly periodsPerYear: number;
}

/** A smaller downside of fractions is rounding. */
const NO_DOWNSIDE = 1e-12;

/**
 * Sortino ratio, annualised: mean excess return per unit of downside deviation.
 *
 *   S = (r̄ − MAR) / d · √periodsPerYear,  d = √((1/n) · Σ min(0, rᵢ − MAR)²) over all n returns
 *
 * @param returns - Simple returns per period as fractions, shape (n), n ≥ 1, finite.
 * @returns S, unbounded, larger is better; `undefined` when no return lies below MAR (d at most 1e-12). The divisor of d
 * is n, the number of all returns, not of those below.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation. As for the Sharpe ratio, overlapping
 * returns inflate it.
 * @see Sortino & Price (1994), Journal of Investing 3:59–64, doi:10.3905/joi.3.3.59; empyrical, `sortino_ratio`
 * @example sortinoRatio([0.03, -0.01], { minimumAcceptableReturn: 0, periodsPerYear: 2 }); // 0.01 / √0.00005 · √2 = 2
 */
export function sortinoRatio(returns: ArrayLike<number>, options: SortinoRatioOptions): number | undefined {
  const { minimumAcceptableReturn, periodsPerYear } = options;
  const average = mean(returns);
  requireFiniteValue(minimumAcceptableReturn, 'minimumAcceptableReturn');
  if (!(periodsPerYear > 0 && periodsPerYear < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `periodsPerYear must be a finite number above 0; got ${periodsPerYear}`,
    );
  }
  const squares = new CompensatedSum();
  for (let i = 0; i < returns.length; i++) squares.add(Math.min(0, returns[i]! - minimumAcceptableReturn) ** 2);
  const downside = Math.sqrt(squares.value / returns.length);
  if (downside <= NO_DOWNSIDE) return undefined;
  return ((average - minimumAcceptableReturn) / downside) * Math.sqrt(periodsPerYear);
}
