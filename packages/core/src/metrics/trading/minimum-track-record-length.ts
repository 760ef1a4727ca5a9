import { InvalidInputError } from '../../errors.ts';
import { normalQuantile } from '../../numeric/normal-distribution.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';
import { type SharpeRatioShape, sharpeRatioVariance } from './sharpe-ratio-evidence.ts';

export const minimumTrackRecordLengthDescriptor: MetricDescriptor<'minimum_track_record_length'> = {
  name: 'minimum_track_record_length',
  direction: 'minimize',
  unit: 'returns',
  range: [1, Number.POSITIVE_INFINITY],
};

export interface TrackRecordQuestion {
  /** SR*, per period, finite. */
  readonly benchmarkSharpeRatio: number;
  /** One-sided confidence wanted, in (0.5, 1), such as 0.95. */
  readonly confidenceLevel: number;
}

/**
 * Minimum track record length: how many returns like these it takes to be confident that the true Sharpe ratio lies
 * above a benchmark.
 *
 *   minTRL = 1 + (1 − g₃·SR + (g₄ − 1)/4 · SR²) · (z / (SR − SR*))²,  z = Φ⁻¹(confidenceLevel)
 *
 * @param evidence - Per period; raw kurtosis.
 * @returns A number of returns, not rounded: at n = minTRL the probabilistic Sharpe ratio is the level. `undefined` when
 * SR is not above SR*: no length would do.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(1).
 * @see Bailey & López de Prado (2012), Journal of Risk 15(2):3–44, doi:10.21314/JOR.2012.255
 * @example minimumTrackRecordLength({ sharpeRatio: 2 / √250, skewness: 0, kurtosis: 3 },
 *   { benchmarkSharpeRatio: 1 / √250, confidenceLevel: 0.95 }); // 682.8 daily returns, 2.73 years
 */
export function minimumTrackRecordLength(
  evidence: SharpeRatioShape,
  { benchmarkSharpeRatio, confidenceLevel }: TrackRecordQuestion,
): number | undefined {
  if (!Number.isFinite(benchmarkSharpeRatio)) {
    throw new InvalidInputError(
      'NOT_FINITE',
      `benchmarkSharpeRatio must be a finite number; got ${benchmarkSharpeRatio}`,
    );
  }
  if (!(confidenceLevel > 0.5 && confidenceLevel < 1)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `confidenceLevel must be above 0.5 and below 1; got ${confidenceLevel}`,
    );
  }
  const variance = sharpeRatioVariance(evidence);
  const lead = evidence.sharpeRatio - benchmarkSharpeRatio;
  if (variance === undefined || lead <= 0) return undefined;
  const length = 1 + variance * (normalQuantile(confidenceLevel) / lead) ** 2;
  return Number.isFinite(length) ? length : undefined;
}
