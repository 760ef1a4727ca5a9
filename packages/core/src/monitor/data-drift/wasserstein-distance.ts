import { CompensatedSum } from '../../numeric/compensated-sum.ts';
import { requireFinite } from '../../numeric/require-finite.ts';
import { sampleVariance } from '../../numeric/sample-variance.ts';

/**
 * Wasserstein distance of order 1 (earth mover's distance) of two samples: how far mass must move, on average.
 *
 *   W₁ = ∫ |F_reference(x) − F_current(x)| dx
 *
 * @param reference - Shape (n), n ≥ 1, finite, any order.
 * @param current - Shape (m), m ≥ 1, same unit, finite.
 * @returns W₁ in the unit of the values; range [0, ∞), 0 for equal samples; |shift| when one is the other, shifted.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @remarks O((n + m) log(n + m)); inputs are not modified; compensated summation.
 * @see Vallender (1974), Theory of Probability and Its Applications 18:784–786, doi:10.1137/1118101
 * @example wassersteinDistance([0, 1, 3], [5, 6, 8]); // 5
 */
export function wassersteinDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireFinite(reference, 'reference');
  requireFinite(current, 'current');
  const r = Float64Array.from(reference).sort();
  const c = Float64Array.from(current).sort();
  const sum = new CompensatedSum();
  let i = 0;
  let j = 0;
  let at = Math.min(r[0]!, c[0]!);
  while (i < r.length || j < c.length) {
    const next = Math.min(r[i] ?? Number.POSITIVE_INFINITY, c[j] ?? Number.POSITIVE_INFINITY);
    if (next > at) sum.add(Math.abs(i / r.length - j / c.length) * (next - at));
    at = next;
    while (r[i] === next) i++;
    while (c[j] === next) j++;
  }
  return sum.value;
}

/**
 * {@link wassersteinDistance} in units of the reference's standard deviation (divisor n − 1).
 * @returns range [0, ∞); `undefined` when the reference has no spread: one value, or all equal.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `OUT_OF_RANGE` beyond ±1e100.
 * @example normalizedWassersteinDistance([0, 1, 2], [1, 2, 3]); // 1 / 1
 */
export function normalizedWassersteinDistance(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): number | undefined {
  const distance = wassersteinDistance(reference, current);
  const variance = sampleVariance(reference);
  return variance === undefined || variance === 0 ? undefined : distance / Math.sqrt(variance);
}
