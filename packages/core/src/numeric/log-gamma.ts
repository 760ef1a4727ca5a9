import { InvalidInputError } from '../errors.ts';

const HALF_LOG_TWO_PI = 0.9189385332046728;
/** From here on seven terms of Stirling's series are exact to a double. */
export const STIRLING_FROM = 10;

/**
 * Natural logarithm of the gamma function: ln Γ(a), where Γ(n) = (n − 1)! for whole n.
 *
 *   ln Γ(a) = (a − ½) ln a − a + ½ ln 2π + δ(a),   Γ(a + 1) = a · Γ(a) to get from a small a to a large one
 *
 * @param a - A finite number > 0.
 * @returns ln Γ(a); error below 1e-14 relative to max(1, |ln Γ(a)|).
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `NOT_FINITE`.
 * @remarks O(1).
 * @see DLMF 5.11.1, https://dlmf.nist.gov/5.11
 * @example logGamma(5); // ln 24 = 3.178053830347947
 */
export function logGamma(a: number): number {
  requirePositive('a', a);
  let shifted = a;
  let product = 1;
  while (shifted < STIRLING_FROM) product *= shifted++;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingError(shifted) - Math.log(product);
}

/** δ(a) = ln Γ(a) − (a − ½) ln a + a − ½ ln 2π, for a ≥ {@link STIRLING_FROM}; error below 1e-16. */
export function stirlingError(a: number): number {
  const s = 1 / (a * a);
  const tail = s * (1 / 1188 - s * (691 / 360360 - s / 156));
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - tail)))) / a;
}

/** @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`. */
export function requirePositive(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new InvalidInputError('NOT_FINITE', `${name} must be finite; got ${value}`);
  if (value <= 0) throw new InvalidInputError('OUT_OF_RANGE', `${name} must be > 0; got ${value}`);
}
