import { normalCdf } from '@mlperf/core';

const HALF_LOG_TWO_PI = 0.9189385332046728;
/** Below, the asymptotic series is exact to 1e-12. */
const FAR = -24;

/** ln h(z) and h′(z)/h(z) of what is expected below a threshold: see {@link logStandardImprovement}. */
export interface StandardImprovement {
  log: number;
  /** Φ/h. */
  slope: number;
  /** φ/h = (ln h)′·(−z) + 1, kept apart: for large −z the sum would lose its digits. */
  density: number;
}

/**
 * ln h(z) with h(z) = E max(0, z + ε) = φ(z) + z·Φ(z), ε standard normal: exact where h itself is far below the
 * smallest double.
 *
 *   z > −1    directly
 *   else      −z²/2 − ln √2π + ln(1 − t·R(t)),   t = −z, R = (1 − Φ)/φ (Mills' ratio), beyond 24 by its series
 *
 * @param z - Finite.
 * @param out - Written.
 * @remarks O(1); relative error below 1e-10.
 * @see Ament et al. (2023), Unexpected Improvements to Expected Improvement, arXiv 2310.20708, eq. 9
 */
export function logStandardImprovement(z: number, out: StandardImprovement): void {
  if (z > -1) {
    const density = Math.exp(-0.5 * z * z - HALF_LOG_TWO_PI);
    const mass = normalCdf(z);
    const improvement = density + z * mass;
    out.log = Math.log(improvement);
    out.slope = mass / improvement;
    out.density = density / improvement;
    return;
  }
  const t = -z;
  const logDensity = -0.5 * z * z - HALF_LOG_TWO_PI;
  let rest: number;
  let ratio: number;
  if (z > FAR) {
    ratio = normalCdf(z) * Math.exp(-logDensity);
    rest = 1 - t * ratio;
  } else {
    const inverse = 1 / (z * z);
    const tail = 105 - inverse * (945 - inverse * (10_395 - inverse * 135_135));
    rest = inverse * (1 - inverse * (3 - inverse * (15 - inverse * tail)));
    ratio = (1 - rest) / t;
  }
  out.log = logDensity + Math.log(rest);
  out.slope = ratio / rest;
  out.density = 1 / rest;
}
