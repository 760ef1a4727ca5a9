import { InvalidInputError } from '../../errors.ts';
import { normalCdf } from '../../numeric/normal-distribution.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type SharpeRatioEvidence, sharpeRatioEvidence, sharpeRatioVariance } from './sharpe-ratio-evidence.ts';

export const probabilisticSharpeRatioDescriptor: MetricDescriptor<'probabilistic_sharpe_ratio'> = {
  name: 'probabilistic_sharpe_ratio',
  direction: 'maximize',
  unit: 'fraction',
  range: [0, 1],
};

/**
 * Probabilistic Sharpe ratio (PSR): the confidence that the true Sharpe ratio lies above a benchmark, given the length
 * and the shape of the sample.
 *
 *   PSR = Φ( (SR − SR*) · √(n − 1) / √(1 − g₃·SR + (g₄ − 1)/4 · SR²) )
 *
 * SR is per period with the sample deviation (n − 1); g₃, g₄ are biased moments, g₄ the raw kurtosis, not the excess.
 *
 * @param returns - Simple excess returns per period, net of costs, shape (n), n ≥ 1, finite.
 * @param benchmarkSharpeRatio - SR*, per period, finite; 0 asks for any skill.
 * @returns A fraction in [0, 1]; `undefined` below 2 returns or when they do not vary.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE`.
 * @remarks O(n) time, O(1) space; inputs are not modified. It assumes returns that are not autocorrelated.
 * @see Bailey & López de Prado (2012), Journal of Risk 15(2):3–44, doi:10.21314/JOR.2012.255
 * @example probabilisticSharpeRatio([0.01, 0.03, -0.01, 0.02], 0);
 * // SR 0.7319, g₃ −0.4347, g₄ 1.8457: Φ(0.7319 · √3 / √1.4314) = 0.8553
 */
export function probabilisticSharpeRatio(returns: ArrayLike<number>, benchmarkSharpeRatio: number): number | undefined {
  requireBenchmark(benchmarkSharpeRatio);
  const evidence = sharpeRatioEvidence(returns);
  return evidence === undefined ? undefined : probabilisticSharpeRatioOf(evidence, benchmarkSharpeRatio);
}

/**
 * PSR from the evidence alone, such as that of a published record.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE` for an impossible kurtosis or fewer than 2 returns.
 * @example probabilisticSharpeRatioOf({ sharpeRatio: 0.458, observations: 24, skewness: -2.448, kurtosis: 10.164 }, 0); // 0.913
 */
export function probabilisticSharpeRatioOf(
  evidence: SharpeRatioEvidence,
  benchmarkSharpeRatio: number,
): number | undefined {
  requireBenchmark(benchmarkSharpeRatio);
  const { sharpeRatio, observations } = evidence;
  if (!(Number.isSafeInteger(observations) && observations >= 2)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `observations must be a whole number of at least 2; got ${observations}`,
    );
  }
  const variance = sharpeRatioVariance(evidence);
  if (variance === undefined) return undefined;
  return normalCdf((sharpeRatio - benchmarkSharpeRatio) * Math.sqrt((observations - 1) / variance));
}

function requireBenchmark(benchmark: number): void {
  if (!Number.isFinite(benchmark)) {
    throw new InvalidInputError('NOT_FINITE', `benchmarkSharpeRatio must be a finite number; got ${benchmark}`);
  }
}
