import { CompensatedSum } from './compensated-sum.ts';
import { mean } from './mean.ts';

/** Shape of a sample: moments about the mean with divisor n, in units of the deviation. */
export interface StandardizedMoments {
  /** g₃ = m₃ / m₂^1.5; 0 for a symmetric sample. */
  readonly skewness: number;
  /** g₄ = m₄ / m₂², not less 3: a normal sample has about 3. At least 1 + skewness². */
  readonly kurtosis: number;
}

/**
 * Skewness and raw kurtosis of a sample, both biased (divisor n).
 *
 *   m_k = (1/n) · Σ (xᵢ − x̄)^k
 *
 * @param values - Shape (n), n ≥ 1, finite.
 * @returns `undefined` when the values do not vary (√m₂ at most 1e-12, or 1e-12 of the mean).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n) time, O(1) space; inputs are not modified; three passes, compensated.
 * @see `scipy.stats.skew(bias=True)`, `scipy.stats.kurtosis(fisher=False, bias=True)`
 * @example standardizedMoments([0, 0, 3]); // { skewness: 2 / 2^1.5 = 0.7071, kurtosis: 6 / 2² = 1.5 }
 */
export function standardizedMoments(values: ArrayLike<number>): StandardizedMoments | undefined {
  const center = mean(values);
  const n = values.length;
  // In units of the largest deviation: fourth powers of returns would leave the range of a double.
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(values[i]! - center));
  if (largest === 0) return undefined;
  const sums = [new CompensatedSum(), new CompensatedSum(), new CompensatedSum()] as const;
  for (let i = 0; i < n; i++) {
    const deviation = (values[i]! - center) / largest;
    const square = deviation * deviation;
    sums[0].add(square);
    sums[1].add(square * deviation);
    sums[2].add(square * square);
  }
  const variance = sums[0].value / n;
  if (largest * Math.sqrt(variance) <= 1e-12 * Math.max(1, Math.abs(center))) return undefined;
  return { skewness: sums[1].value / n / variance ** 1.5, kurtosis: sums[2].value / n / variance ** 2 };
}
