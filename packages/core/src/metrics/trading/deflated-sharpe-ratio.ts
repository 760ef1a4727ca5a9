import { InvalidInputError } from '../../errors.ts';
import { normalQuantile } from '../../numeric/normal-distribution.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { probabilisticSharpeRatio, probabilisticSharpeRatioOf } from './probabilistic-sharpe-ratio.ts';
import type { SharpeRatioEvidence } from './sharpe-ratio-evidence.ts';

export const deflatedSharpeRatioDescriptor: MetricDescriptor<'deflated_sharpe_ratio'> = {
  name: 'deflated_sharpe_ratio',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/** The search that chose the strategy. */
export interface TrialsOfSearch {
  /** Independent trials, ≥ 1; need not be whole. Of M correlated ones about ρ̄ + (1 − ρ̄)·M, ρ̄ their mean correlation. */
  readonly independentTrials: number;
  /** Variance of the Sharpe ratios of the trials, per period as they are, ≥ 0. */
  readonly sharpeRatioVariance: number;
}

const EULER_MASCHERONI = 0.5772156649015329;

/**
 * Deflated Sharpe ratio (DSR): the confidence that the true Sharpe ratio is above 0, given that this strategy is the best
 * of many that were tried.
 *
 *   DSR = PSR(SR₀),  SR₀ as {@link expectedMaximumSharpeRatio}
 *
 * @param returns - Simple excess returns per period of the chosen strategy, net of costs, shape (n), n ≥ 1, finite.
 * @param trials - How many were tried, and how much their Sharpe ratios (per period) varied.
 * @returns A fraction in [0, 1]; with one trial the PSR against 0. `undefined` below 2 returns or when they do not vary.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(n) time, O(1) space; inputs are not modified.
 * @see Bailey & López de Prado (2014), Journal of Portfolio Management 40(5):94–107, doi:10.3905/jpm.2014.40.5.094
 * @example deflatedSharpeRatio(returns, { independentTrials: 100, sharpeRatioVariance: 0.002 });
 */
export function deflatedSharpeRatio(returns: ArrayLike<number>, trials: TrialsOfSearch): number | undefined {
  return probabilisticSharpeRatio(returns, expectedMaximumSharpeRatio(trials));
}

/**
 * DSR from the evidence alone. @throws as {@link probabilisticSharpeRatioOf}, and for bad trials.
 * @example deflatedSharpeRatioOf({ sharpeRatio: 2.5 / √250, observations: 1250, skewness: -3, kurtosis: 10 },
 *   { independentTrials: 100, sharpeRatioVariance: 0.5 / 250 }); // 0.900
 */
export function deflatedSharpeRatioOf(evidence: SharpeRatioEvidence, trials: TrialsOfSearch): number | undefined {
  return probabilisticSharpeRatioOf(evidence, expectedMaximumSharpeRatio(trials));
}

/**
 * The Sharpe ratio that the best of N trials without any skill is expected to show.
 *
 *   SR₀ = √V · ((1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e))),  γ = 0.5772… (Euler–Mascheroni)
 *
 * @returns Per period, as V is; 0 for one trial.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(1). An approximation from extreme value theory; about 2 % too large at N = 10.
 * @example expectedMaximumSharpeRatio({ independentTrials: 100, sharpeRatioVariance: 0.5 / 250 }); // 0.1132
 */
export function expectedMaximumSharpeRatio({ independentTrials, sharpeRatioVariance }: TrialsOfSearch): number {
  if (!(independentTrials >= 1 && independentTrials < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `independentTrials must be a finite number of at least 1; got ${independentTrials}`,
    );
  }
  if (!(sharpeRatioVariance >= 0 && sharpeRatioVariance < Number.POSITIVE_INFINITY)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `sharpeRatioVariance must be a finite number of at least 0; got ${sharpeRatioVariance}`,
    );
  }
  // The formula is for a maximum: below about 1.3 trials it falls under the mean of one, which is 0.
  if (independentTrials === 1) return 0;
  const largest =
    -(1 - EULER_MASCHERONI) * normalQuantile(1 / independentTrials) -
    EULER_MASCHERONI * normalQuantile(1 / (independentTrials * Math.E));
  return Math.sqrt(sharpeRatioVariance) * Math.max(0, largest);
}
