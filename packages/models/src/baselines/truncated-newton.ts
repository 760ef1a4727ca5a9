import { MlperfError } from '@mlperf/core';
import { hessianTimes, type LogisticProblem, lossAndGradient } from './logistic-loss.ts';

/** How far and how long the minimum is sought. */
export interface NewtonOptions {
  /** On the greatest derivative in size, divided by the sum of row weights. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** After each step; `stop` ends early with the weights so far. */
  readonly onStep: (iteration: number, norm: number, weights: Float64Array) => Promise<'continue' | 'stop'>;
}

const SUFFICIENT_DECREASE = 1e-4;
const MOST_HALVINGS = 40;
/** What rounding may add to a loss in proportion to its size. */
const LOSS_ROUNDING = 64 * Number.EPSILON;

/**
 * Minimises the loss by truncated Newton steps: conjugate gradients for the step, halved until the loss falls.
 *
 * The step is solved more exactly the nearer the minimum (forcing term min(½, √norm)), which makes convergence
 * superlinear; the loss is convex, so the minimum found is the minimum.
 *
 * @returns the weights.
 * @throws {@link MlperfError} `TRAINING_FAILED` when the tolerance is not reached, saying what was.
 * @see Nocedal & Wright (2006), Numerical Optimization, algorithm 7.1
 */
export async function minimizeLoss(problem: LogisticProblem, options: NewtonOptions): Promise<Float64Array> {
  const size = problem.outputs * (problem.columns + 1);
  const total = problem.rowWeights.reduce((sum, weight) => sum + weight, 0);
  const normOf = (gradient: Float64Array) =>
    gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / total;
  let weights: Float64Array = new Float64Array(size);
  let gradient: Float64Array = new Float64Array(size);
  let probabilities: Float64Array = new Float64Array(problem.rows * problem.outputs);
  let loss = lossAndGradient(problem, weights, gradient, probabilities);
  let norm = normOf(gradient);
  let next: Float64Array = new Float64Array(size);
  let nextGradient: Float64Array = new Float64Array(size);
  let nextProbabilities: Float64Array = new Float64Array(probabilities.length);
  for (let iteration = 1; !(norm <= options.tolerance); iteration++) {
    if (iteration > options.maxIterations) throw notConverged(options, norm);
    const step = newtonStep(problem, probabilities, gradient, Math.min(0.5, Math.sqrt(norm)));
    const slope = dot(gradient, step);
    let share = 1;
    for (let halving = 0; ; halving++) {
      if (halving > MOST_HALVINGS) throw notConverged(options, norm);
      for (let i = 0; i < size; i++) next[i] = weights[i]! + share * step[i]!;
      const nextLoss = lossAndGradient(problem, next, nextGradient, nextProbabilities);
      if (nextLoss <= loss + SUFFICIENT_DECREASE * share * slope + LOSS_ROUNDING * Math.abs(loss)) {
        loss = nextLoss;
        break;
      }
      share /= 2;
    }
    [weights, next] = [next, weights];
    [gradient, nextGradient] = [nextGradient, gradient];
    [probabilities, nextProbabilities] = [nextProbabilities, probabilities];
    norm = normOf(gradient);
    if ((await options.onStep(iteration, norm, weights)) === 'stop') break;
  }
  return weights;
}

/** Conjugate gradients on H·step = −gradient, until the residual is `forcing` of the gradient. */
function newtonStep(
  problem: LogisticProblem,
  probabilities: Float64Array,
  gradient: Float64Array,
  forcing: number,
): Float64Array {
  const size = gradient.length;
  const step = new Float64Array(size);
  const residual = gradient.map((value) => -value);
  const direction = residual.slice();
  const product = new Float64Array(size);
  let square = dot(residual, residual);
  const goal = forcing * forcing * square;
  for (let i = 0; i < 4 * size && square > goal; i++) {
    hessianTimes(problem, probabilities, direction, product);
    const curvature = dot(direction, product);
    // Flat to the last bit: the step so far, or at first the gradient itself, still goes down.
    if (!(curvature > Number.EPSILON * dot(direction, direction) * Number.EPSILON)) return i === 0 ? direction : step;
    const length = square / curvature;
    for (let c = 0; c < size; c++) {
      step[c]! += length * direction[c]!;
      residual[c]! -= length * product[c]!;
    }
    const before = square;
    square = dot(residual, residual);
    for (let c = 0; c < size; c++) direction[c] = residual[c]! + (square / before) * direction[c]!;
  }
  return step;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function notConverged({ tolerance, maxIterations }: NewtonOptions, norm: number): MlperfError {
  return new MlperfError(
    'TRAINING_FAILED',
    `logistic regression must converge to a gradient of ${tolerance} within ${maxIterations} steps; got ${norm}`,
  );
}
