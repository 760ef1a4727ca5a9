import { InvalidInputError } from '../errors.ts';
import { logGamma, requirePositive, STIRLING_FROM, stirlingError } from './log-gamma.ts';

/** Keeps the continued fraction from dividing by zero. */
const TINY = 1e-300;

/**
 * Regularised incomplete beta function: the probability that a beta variable with parameters a and b is at most x.
 *
 *   I_x(a, b) = (1/B(a, b)) · ∫₀ˣ t^(a−1) (1 − t)^(b−1) dt
 *
 * @param a - Finite, > 0. @param b - Finite, > 0. @param x - In [0, 1].
 * @param complement - 1 − x, where the caller knows it better than the difference does.
 * @returns I_x(a, b) in [0, 1]; relative error below 1e-10 for a and b up to 1e4.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(√max(a, b)) time, by the continued fraction on the side where it converges.
 * @see DLMF 8.17.22 and 8.17.4, https://dlmf.nist.gov/8.17
 * @example regularizedBeta(2, 3, 0.4); // 0.5248
 */
export function regularizedBeta(a: number, b: number, x: number, complement: number = 1 - x): number {
  requirePositive('a', a);
  requirePositive('b', b);
  if (Number.isNaN(x)) throw new InvalidInputError('NOT_FINITE', `x must be a number from 0 to 1; got ${x}`);
  if (x < 0 || x > 1) throw new InvalidInputError('OUT_OF_RANGE', `x must be from 0 to 1; got ${x}`);
  if (x === 0) return 0;
  if (complement === 0) return 1;
  return x * (a + b + 2) < a + 1 ? fraction(a, b, x, complement) : 1 - fraction(b, a, complement, x);
}

/**
 * Upper tail of Fisher's F distribution: the probability of a ratio of variances at least this large.
 *
 *   P(F ≥ f) = I_{d₂ / (d₂ + d₁ f)}(d₂/2, d₁/2)
 *
 * @param statistic - f ≥ 0; +∞ gives 0. @param d1 - Degrees of freedom above the line, > 0. @param d2 - Below it, > 0.
 * @throws {@link InvalidInputError} `NOT_FINITE` | `OUT_OF_RANGE`.
 * @see DLMF 8.17, https://dlmf.nist.gov/8.17
 * @example fisherUpperTail(4.35124350332929, 1, 20); // 0.05
 */
export function fisherUpperTail(statistic: number, d1: number, d2: number): number {
  requirePositive('d1', d1);
  requirePositive('d2', d2);
  if (Number.isNaN(statistic)) {
    throw new InvalidInputError('NOT_FINITE', `statistic must be a number ≥ 0; got ${statistic}`);
  }
  if (statistic < 0) throw new InvalidInputError('OUT_OF_RANGE', `statistic must be ≥ 0; got ${statistic}`);
  if (statistic === Number.POSITIVE_INFINITY) return 0;
  const above = d1 * statistic;
  return regularizedBeta(d2 / 2, d1 / 2, d2 / (d2 + above), above / (d2 + above));
}

/** I by Legendre's continued fraction, with Lentz's method as modified by Thompson and Barnett. */
function fraction(a: number, b: number, x: number, complement: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) <= Number.EPSILON) break;
  }
  return Math.min(1, (density(a, b, x, complement) * value) / a);
}

/** x^a (1 − x)^b / B(a, b), with large exponents taken against each other before they are rounded. */
function density(a: number, b: number, x: number, complement: number): number {
  if (a < STIRLING_FROM || b < STIRLING_FROM) {
    return Math.exp(a * Math.log(x) + b * Math.log(complement) + logGamma(a + b) - logGamma(a) - logGamma(b));
  }
  const n = a + b;
  const exponent = a * Math.log((x * n) / a) + b * Math.log((complement * n) / b);
  const series = stirlingError(n) - stirlingError(a) - stirlingError(b);
  return Math.exp(exponent + series) * Math.sqrt((a / n) * (b / (2 * Math.PI)));
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
