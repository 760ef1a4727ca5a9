import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requireFinite } from '../../numeric/require-finite.ts';
import type { MetricDescriptor } from '../metric-descriptor.ts';

export const turnoverDescriptor: MetricDescriptor<'turnover'> = {
  name: 'turnover',
  direction: 'minimize',
  unit: 'fraction',
  range: [0, Number.POSITIVE_INFINITY],
};

/**
 * Turnover: how much of the equity changes sides per period, on average.
 *
 *   turnover = (1/m) · Σ |positionᵢ − positionᵢ₋₁| over the m changes that are known
 *
 * @param positions - Held over each period, as fractions of equity, shape (n), n ≥ 1, finite, in time order.
 * @param initialPosition - Held before the first period. With it m = n; without it the first position changes nothing
 * known, and m = n − 1.
 * @returns ≥ 0; between long and short at every step it is 2. `undefined` for one position without an initial one.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O(n) time, O(1) space; inputs are not modified. Both sides of a change count: 1 to −1 is 2.
 * @example turnover([1, 1, -1, 0]); // (0 + 2 + 1) / 3
 */
export function turnover(positions: ArrayLike<number>, initialPosition?: number): number | undefined {
  requireFinite(positions, 'positions');
  if (initialPosition !== undefined) requireFinite([initialPosition], 'initialPosition');
  const sum = new CompensatedSum();
  if (initialPosition !== undefined) sum.add(Math.abs(positions[0]! - initialPosition));
  for (let i = 1; i < positions.length; i++) sum.add(Math.abs(positions[i]! - positions[i - 1]!));
  const changes = positions.length - (initialPosition === undefined ? 1 : 0);
  return changes === 0 ? undefined : sum.value / changes;
}
