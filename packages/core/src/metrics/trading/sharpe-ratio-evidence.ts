import { InvalidInputError } from '../../errors.ts';
import { standardizedMoments } from '../../numeric/standardized-moments.ts';
import { sharpeRatio } from './sharpe-ratio.ts';

/** A Sharpe ratio and the shape of the returns it comes from. All of it is per period: nothing is annualised. */
export interface SharpeRatioShape {
  /** Mean excess return over its sample deviation (n − 1), per period. */
  readonly sharpeRatio: number;
  /** Of the returns, biased (divisor n). */
  readonly skewness: number;
  /** Raw, not less 3, biased (divisor n): about 3 for normal returns. */
  readonly kurtosis: number;
}

/** What the probability of a Sharpe ratio rests on. */
export interface SharpeRatioEvidence extends SharpeRatioShape {
  /** Returns it was measured on, ≥ 2. */
  readonly observations: number;
}

/**
 * The evidence in a sample of returns.
 *
 * @param returns - Simple excess returns per period, net of costs, shape (n), n ≥ 1, finite.
 * @returns `undefined` below 2 returns or when they do not vary.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @example sharpeRatioEvidence([0.01, 0.03]); // { sharpeRatio: √2, observations: 2, skewness: 0, kurtosis: 1 }
 */
export function sharpeRatioEvidence(returns: ArrayLike<number>): SharpeRatioEvidence | undefined {
  const ratio = sharpeRatio(returns, { riskFreeRate: 0, periodsPerYear: 1 });
  const moments = standardizedMoments(returns);
  if (ratio === undefined || moments === undefined) return undefined;
  return { sharpeRatio: ratio, observations: returns.length, ...moments };
}

/**
 * Variance of an estimated Sharpe ratio times n − 1: 1 − g₃·SR + (g₄ − 1)/4 · SR².
 *
 * @returns `undefined` when it is not above 0 (two values only, at the one ratio where it vanishes).
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE` for a kurtosis below 1 + skewness², which no sample
 * has: an excess kurtosis, most likely.
 * @see Mertens (2002); Lo (2002), Financial Analysts Journal 58:36–52, doi:10.2469/faj.v58.n4.2453
 */
export function sharpeRatioVariance({ sharpeRatio: ratio, skewness, kurtosis }: SharpeRatioShape): number | undefined {
  for (const [name, value] of Object.entries({ sharpeRatio: ratio, skewness, kurtosis })) {
    if (!Number.isFinite(value)) {
      throw new InvalidInputError('NOT_FINITE', `${name} must be a finite number; got ${value}`);
    }
  }
  const least = 1 + skewness * skewness;
  if (kurtosis < least * (1 - 1e-9)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `kurtosis must be raw, at least 1 + skewness² (${least}), about 3 for normal returns; got ${kurtosis}`,
    );
  }
  const variance = 1 - skewness * ratio + ((kurtosis - 1) / 4) * ratio * ratio;
  return variance > 1e-12 ? variance : undefined;
}
