import { InvalidInputError, MlperfError } from '../errors.ts';

const GRADIENT_TOLERANCE = 1e-12;
const MAX_ITERATIONS = 200;

/**
 * The inverse temperature β ≥ 0 of greatest likelihood.
 *
 *   minimise (1/n) · Σ [ln Σ_c e^(β·z_ic) − β·z_iy],  z = log-probabilities, y = the observed class
 *
 * The loss is convex in β. Its slope at 0 decides whether 0 is best; otherwise Newton's method, kept inside the bracket
 * that the sign of the slope narrows.
 *
 * @param logs - Log-probabilities, rows × classes, row-major, finite.
 * @param observed - The observed class of each row.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when β changes nothing (each row gives all classes the same
 * probability), or when the observed class always has the highest one.
 * @throws {@link MlperfError} `TRAINING_FAILED` when the slope does not come down to 1e-12.
 * @remarks O(rows · classes) per step; inputs are not modified.
 */
export function fitInverseTemperature(logs: Float64Array, observed: Uint32Array, classes: number): number {
  requireIdentified(logs, observed, classes);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let beta = 0;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const { slope, curvature } = derivatives(logs, observed, classes, beta);
    if (Math.abs(slope) <= GRADIENT_TOLERANCE || (beta === 0 && slope > 0)) return beta;
    if (slope < 0) low = beta;
    else high = beta;
    const newton = beta - slope / curvature;
    if (newton > low && newton < high) beta = newton;
    else beta = high === Number.POSITIVE_INFINITY ? Math.max(1, 2 * low) : (low + high) / 2;
    // The bracket is down to two neighbouring doubles: no β has a smaller slope.
    if (beta === low || beta === high) return beta;
  }
  throw new MlperfError(
    'TRAINING_FAILED',
    `the inverse temperature must converge; it is still between ${low} and ${high}`,
  );
}

/** Slope and curvature of the mean loss in β: what is expected minus what was observed, and the variance. */
function derivatives(logs: Float64Array, observed: Uint32Array, classes: number, beta: number) {
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < observed.length; i++) {
    const start = i * classes;
    const top = highest(logs, start, classes);
    let total = 0;
    let first = 0;
    let second = 0;
    for (let c = 0; c < classes; c++) {
      const z = logs[start + c]! - top;
      const weight = Math.exp(beta * z);
      total += weight;
      first += weight * z;
      second += weight * z * z;
    }
    const expected = first / total;
    slope += expected - (logs[start + observed[i]!]! - top);
    curvature += second / total - expected * expected;
  }
  return { slope: slope / observed.length, curvature: curvature / observed.length };
}

function requireIdentified(logs: Float64Array, observed: Uint32Array, classes: number): void {
  let uneven = false;
  let surprised = false;
  for (let i = 0; i < observed.length; i++) {
    const start = i * classes;
    const top = highest(logs, start, classes);
    for (let c = 0; c < classes; c++) if (logs[start + c]! < top) uneven = true;
    if (logs[start + observed[i]!]! < top) surprised = true;
  }
  if (!uneven) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      'probabilities must prefer a class somewhere; every row gives all classes the same',
    );
  }
  if (surprised) return;
  throw new InvalidInputError(
    'INSUFFICIENT_DATA',
    `the observed class must not be the likeliest in every row; it is in all ${observed.length}`,
  );
}

function highest(logs: Float64Array, start: number, classes: number): number {
  let top = logs[start]!;
  for (let c = 1; c < classes; c++) if (logs[start + c]! > top) top = logs[start + c]!;
  return top;
}
