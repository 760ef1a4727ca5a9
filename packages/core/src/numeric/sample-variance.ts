import { CompensatedSum } from './compensated-sum.ts';
import { mean } from './mean.ts';

/**
 * Sample variance with divisor n − 1, by two passes with a correction for the rounding of the mean.
 *
 *   s² = (Σ (xᵢ − x̄)² − (Σ (xᵢ − x̄))² / n) / (n − 1)
 *
 * @param values - Shape (n), n ≥ 1, finite.
 * @returns s² in the squared unit of `values`, ≥ 0; `undefined` below 2 values.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation. The second term is zero on paper.
 * @see Chan, Golub & LeVeque (1983), The American Statistician 37:242–247, doi:10.1080/00031305.1983.10483115
 * @example sampleVariance([1, 2, 6]); // (4 + 1 + 9) / 2 = 7
 */
export function sampleVariance(values: ArrayLike<number>): number | undefined {
  const n = values.length;
  const center = mean(values);
  if (n < 2) return undefined;
  const deviations = new CompensatedSum();
  const squares = new CompensatedSum();
  for (let i = 0; i < n; i++) {
    const deviation = values[i]! - center;
    deviations.add(deviation);
    squares.add(deviation * deviation);
  }
  return Math.max(0, (squares.value - deviations.value ** 2 / n) / (n - 1));
}
