import type { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import { InvalidInputError } from '../../errors.ts';
import { mean } from '../../numeric/mean.ts';
import { requireFinite, requireFiniteValue } from '../../numeric/require-finite.ts';
import { sampleVariance } from '../../numeric/sample-variance.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const sharpeRatioDescriptor: MetricDescriptor<'sharpe_ratio'> = {
  name: 'sharpe_ratio',
  direction: 'maximize',
  unit: '1',
  range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};

/** Market conventions of a Sharpe ratio; none has a default. */
export interface SharpeRatioOptions {
  /** Riskless simple return per period, as a fraction (0.0001 is one basis point a period). */
  readonly riskFreeRate: number;
  /** Periods in a year, > 0: 252 for daily bars of a stock exchange, 365 for daily bars of a market that never closes. */
  readonly periodsPerYear: number;
}

// A smaller spread of fractions is rounding, of the mean or of a window's sums, and would make a ratio of 1e12.
const CONSTANT_SPREAD = 1e-12;

/**
 * Sharpe ratio, annualised: mean excess return per unit of its standard deviation.
 *
 *   S = (r̄ − riskFreeRate) / s · √periodsPerYear,  s the sample standard deviation (n − 1)
 *
 * @param returns - Simple returns per period as fractions, shape (n), n ≥ 1, finite.
 * @returns S, unbounded, larger is better; `undefined` below 2 returns or when they do not vary (s at most
 * 1e-12, or 1e-12 of their mean). empyrical gives NaN and ±∞ there.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated two-pass variance. The factor √periodsPerYear
 * assumes returns that are not autocorrelated; overlapping returns inflate S (Lo 2002).
 * @see Sharpe (1994), Journal of Portfolio Management 21:49–58, doi:10.3905/jpm.1994.409501;
 * Lo (2002), Financial Analysts Journal 58:36–52, doi:10.2469/faj.v58.n4.2453
 * @example sharpeRatio([0.01, 0.03], { riskFreeRate: 0, periodsPerYear: 2 }); // 0.02 / √0.0002 · √2 = 2
 */
export function sharpeRatio(returns: ArrayLike<number>, options: SharpeRatioOptions): number | undefined {
  requireFinite(returns, 'returns');
  requireOptions(options);
  return ratio(mean(returns), sampleVariance(returns), options);
}

/** Sharpe ratio of an aggregate's net returns. Agrees with {@link sharpeRatio} to 1e-9. */
export function sharpeRatioOf(aggregate: OutcomeAggregate, options: SharpeRatioOptions): number | undefined {
  requireOptions(options);
  return ratio(aggregate.returnSum / aggregate.returnCount, aggregate.returnVariance, options);
}

function ratio(average: number, variance: number | undefined, options: SharpeRatioOptions): number | undefined {
  if (variance === undefined) return undefined;
  const deviation = Math.sqrt(variance);
  if (deviation <= CONSTANT_SPREAD * Math.max(1, Math.abs(average))) return undefined;
  return ((average - options.riskFreeRate) / deviation) * Math.sqrt(options.periodsPerYear);
}

function requireOptions({ riskFreeRate, periodsPerYear }: SharpeRatioOptions): void {
  requireFiniteValue(riskFreeRate, 'riskFreeRate');
  if (!(periodsPerYear > 0 && periodsPerYear < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `periodsPerYear must be a finite number above 0; got ${periodsPerYear}`,
    );
  }
}
