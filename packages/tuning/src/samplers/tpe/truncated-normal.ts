import { normalCdf, normalQuantile } from '@mlperf/core';

const HALF_LOG_TWO_PI = 0.9189385332046728;
/** Below, Φ is no longer a normal double. */
const FAR_TAIL = -37;
/** Beyond, a standard normal has less than half a digit of 1. */
const WHOLE = 8.3;
/** Narrower intervals than this times their distance from 0 have a series that is exact to 1e-11. */
const NARROW = 0.1;

/**
 * Logarithm of the mass that a standard normal has between a and b.
 *
 *   ln(Φ(b) − Φ(a))
 *
 * @param a - Finite, below b.
 * @returns error below 1e-10, in the far tails too; −∞ where the mass is not even a logarithm's.
 * @remarks O(1).
 */
export function logNormalMass(a: number, b: number): number {
  if (a < -WHOLE && b > WHOLE) return 0;
  const width = b - a;
  const middle = 0.5 * (a + b);
  if (width * Math.max(1, Math.abs(middle)) < NARROW) return logNarrowMass(middle, width);
  if (b <= 0) return logLowerMass(a, b);
  if (a > 0) return logLowerMass(-b, -a);
  return Math.log1p(-normalCdf(a) - normalCdf(-b));
}

/**
 * The z between a and b below which lies a share u of the mass a standard normal has there.
 *
 *   Φ(z) = Φ(a) + u · (Φ(b) − Φ(a))
 *
 * @param u - In [0, 1].
 * @param a - At most 0.
 * @param b - At least 0, and not equal to a.
 * @remarks O(1). Each half is computed from its own tail, so that no digits are lost in either.
 */
export function truncatedNormalQuantile(u: number, a: number, b: number): number {
  const below = normalCdf(a);
  const above = normalCdf(-b);
  const lower = below + u * (1 - below - above);
  const z = lower <= 0.5 ? normalQuantile(lower) : -normalQuantile(above + (1 - u) * (1 - below - above));
  return Math.min(Math.max(z, a), b);
}

/** ∫ φ over a narrow interval by the Taylor series of φ about its middle. */
function logNarrowMass(middle: number, width: number): number {
  const m2 = middle * middle;
  const w2 = width * width;
  const second = ((m2 - 1) * w2) / 24;
  const fourth = ((m2 * m2 - 6 * m2 + 3) * w2 * w2) / 1_920;
  return Math.log(width) - 0.5 * m2 - HALF_LOG_TWO_PI + Math.log1p(second + fourth);
}

/** For a < b ≤ 0, where Φ keeps its relative precision. */
function logLowerMass(a: number, b: number): number {
  const upper = logNormalCdf(b);
  return upper + Math.log1p(-Math.exp(logNormalCdf(a) - upper));
}

function logNormalCdf(z: number): number {
  if (z > FAR_TAIL) return Math.log(normalCdf(z));
  // Mills' ratio by its asymptotic series; the first term left out is below 1e-11.
  const inverse = 1 / (z * z);
  const series = 1 - inverse * (1 - inverse * (3 - inverse * (15 - inverse * 105)));
  return -0.5 * z * z - Math.log(-z) - HALF_LOG_TWO_PI + Math.log(series);
}
