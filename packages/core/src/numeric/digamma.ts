import { requirePositive } from './log-gamma.ts';

/** From here on eight terms of the asymptotic series are exact to a double. */
const SERIES_FROM = 10;

/**
 * The digamma function, the derivative of ln Γ.
 *
 *   ψ(a) = ln a − 1/(2a) − Σ B₂ₖ / (2k a²ᵏ),   ψ(a) = ψ(a + 1) − 1/a to get from a small a to a large one
 *
 * @param a - A finite number > 0.
 * @returns ψ(a); error below 1e-14 relative to max(1, |ψ(a)|).
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `NOT_FINITE`.
 * @remarks O(1).
 * @see DLMF 5.11.2, https://dlmf.nist.gov/5.11
 * @example digamma(1); // −0.5772156649015329
 */
export function digamma(a: number): number {
  requirePositive('a', a);
  let shifted = a;
  let below = 0;
  while (shifted < SERIES_FROM) below += 1 / shifted++;
  const s = 1 / (shifted * shifted);
  const tail = s * (1 / 132 - s * (691 / 32_760 - s / 12));
  const series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - tail))));
  return Math.log(shifted) - 0.5 / shifted - series - below;
}
