import { MlperfError } from '../errors.ts';
import { mean } from '../numeric/mean.ts';
import { sampleVariance } from '../numeric/sample-variance.ts';
import { sigmoid, softplus } from './log-odds.ts';
import { solvePositiveDefinite } from './solve-positive-definite.ts';

export interface LogisticFit {
  /** One weight per column. */
  readonly weights: readonly number[];
  readonly intercept: number;
  /** Largest component of the projected gradient of the mean loss, in columns of mean 0 and variance 1. */
  readonly gradientNorm: number;
}

export interface LogisticOptions {
  /** Whether every weight must be ≥ 0; the intercept is always free. */
  readonly nonNegative: boolean;
}

/** A gradient this small moves no fitted probability by more than about 1e-9. */
const GRADIENT_TOLERANCE = 1e-10;
const MAX_ITERATIONS = 200;
const SUFFICIENT_DECREASE = 1e-4;

/**
 * Logistic regression of up to a few columns by maximum likelihood.
 *
 *   minimise (1/n) · Σ [ln(1 + e^zᵢ) − tᵢ·zᵢ],  zᵢ = intercept + Σⱼ weightⱼ · columnⱼᵢ
 *
 * Newton's method with a backtracking line search; with `nonNegative` the projected form, which takes the weights at
 * their bound out of the step. The loss is convex, so the end does not depend on the start. Columns are centred and
 * scaled first, for the numbers' sake only.
 *
 * @param columns - Each of shape (n), finite and not constant.
 * @param targets - In [0, 1], shape (n); such that a finite optimum exists (the caller's duty).
 * @throws {@link MlperfError} `TRAINING_FAILED` when the gradient does not come down to 1e-10.
 * @remarks O(n · columns²) per iteration, usually below ten of them; inputs are not modified.
 * @see Bertsekas (1982), SIAM J. Control Optim. 20:221–246, doi:10.1137/0320018;
 * Lin, Lin & Weng (2007), Machine Learning 68:267–276, doi:10.1007/s10994-007-5018-6
 */
export function fitLogistic(
  columns: readonly Float64Array[],
  targets: Float64Array,
  { nonNegative }: LogisticOptions,
): LogisticFit {
  const centres = columns.map((column) => mean(column));
  const scales = columns.map((column) => Math.sqrt(sampleVariance(column)!));
  const scaled = columns.map((column, j) => column.map((x) => (x - centres[j]!) / scales[j]!));
  const lossOf = (point: Float64Array) => loss(scaled, targets, point);
  const intercept = columns.length;
  const isBound = (j: number) => nonNegative && j < intercept;

  let point = new Float64Array(columns.length + 1);
  const share = mean(targets);
  point[intercept] = Math.log(share / (1 - share));
  let value = lossOf(point);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const { gradient, hessian } = derivatives(scaled, targets, point);
    const free = gradient.map((slope, j) => (isBound(j) && point[j] === 0 && slope > 0 ? 0 : 1));
    const gradientNorm = gradient.reduce((most, slope, j) => Math.max(most, free[j]! * Math.abs(slope)), 0);
    if (gradientNorm <= GRADIENT_TOLERANCE) {
      const weights = scales.map((scale, j) => point[j]! / scale);
      const shift = weights.reduce((sum, weight, j) => sum + weight * centres[j]!, 0);
      return { weights, intercept: point[intercept]! - shift, gradientNorm };
    }
    const step = solvePositiveDefinite(hessian, gradient, free);
    let length = 1;
    for (;;) {
      const next = point.map((x, j) => (isBound(j) ? Math.max(0, x - length * step[j]!) : x - length * step[j]!));
      const promised = next.reduce((sum, x, j) => sum + gradient[j]! * (point[j]! - x), 0);
      const nextValue = lossOf(next);
      // Near the optimum the decrease drowns in the rounding of the loss: there a full step may leave it as it is.
      if (nextValue <= value - SUFFICIENT_DECREASE * promised + 4 * Number.EPSILON * Math.abs(value)) {
        point = next;
        value = nextValue;
        break;
      }
      length /= 2;
      if (length < 1e-12) throw notConverged(gradientNorm);
    }
  }
  throw notConverged(Number.NaN);
}

function loss(columns: readonly Float64Array[], targets: Float64Array, point: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) {
    const z = linear(columns, point, i);
    sum += softplus(z) - targets[i]! * z;
  }
  return sum / targets.length;
}

function derivatives(columns: readonly Float64Array[], targets: Float64Array, point: Float64Array) {
  const size = point.length;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const row = new Float64Array(size).fill(1);
  for (let i = 0; i < targets.length; i++) {
    for (let j = 0; j < columns.length; j++) row[j] = columns[j]![i]!;
    const p = sigmoid(linear(columns, point, i));
    const residual = (p - targets[i]!) / targets.length;
    const weight = (p * (1 - p)) / targets.length;
    for (let j = 0; j < size; j++) {
      gradient[j]! += residual * row[j]!;
      for (let k = 0; k <= j; k++) hessian[j]![k]! += weight * row[j]! * row[k]!;
    }
  }
  return { gradient, hessian };
}

function linear(columns: readonly Float64Array[], point: Float64Array, i: number): number {
  let z = point[columns.length]!;
  for (let j = 0; j < columns.length; j++) z += point[j]! * columns[j]![i]!;
  return z;
}

function notConverged(gradientNorm: number): MlperfError {
  return new MlperfError(
    'TRAINING_FAILED',
    `the fit must reach a gradient of ${GRADIENT_TOLERANCE}; stopped at ${gradientNorm}`,
  );
}
