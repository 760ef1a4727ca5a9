import { CompensatedSum } from './compensated-sum.ts';
import { requireFinite } from './require-finite.ts';

/**
 * Arithmetic mean: (1/n) · Σ xᵢ.
 *
 * @param values - Shape (n), n ≥ 1, finite.
 * @returns The mean in the unit of `values`.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n) time, O(1) space; inputs are not modified; compensated summation.
 * @example mean([1, 2, 6]); // 3
 */
export function mean(values: ArrayLike<number>): number {
  requireFinite(values, 'values');
  const sum = new CompensatedSum();
  for (let i = 0; i < values.length; i++) sum.add(values[i]!);
  return sum.value / values.length;
}
