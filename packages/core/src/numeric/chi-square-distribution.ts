import { requirePositive } from './log-gamma.ts';
import { regularizedGammaQ } from './regularized-gamma.ts';

/**
 * Upper tail of the chi-square distribution: the probability of a statistic at least this large.
 *
 *   P(X ≥ x) = Q(k/2, x/2),   k degrees of freedom
 *
 * @param statistic - x ≥ 0; +∞ gives 0.
 * @param degreesOfFreedom - k > 0, finite.
 * @returns A probability in [0, 1]; relative error below 1e-12.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(√k) time.
 * @see DLMF 8.2.4, https://dlmf.nist.gov/8.2
 * @example chiSquareUpperTail(3.841458820694124, 1); // 0.050000000000000176
 */
export function chiSquareUpperTail(statistic: number, degreesOfFreedom: number): number {
  requirePositive('degreesOfFreedom', degreesOfFreedom);
  return regularizedGammaQ(degreesOfFreedom / 2, statistic / 2);
}
