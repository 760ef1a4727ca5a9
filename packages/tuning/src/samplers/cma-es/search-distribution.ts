import type { StrategyConstants } from './strategy-constants.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Where a generation is drawn from: N(mean, σ²·C); never modified once made. */
export interface SearchDistribution {
  readonly mean: Float64Array;
  /** σ. */
  readonly stepSize: number;
  /** C, row by row. */
  readonly covariance: Float64Array;
  /** C = B·diag(D²)·Bᵀ: B row by row, and D. */
  readonly axes: Float64Array;
  readonly lengths: Float64Array;
  /** p_σ and p_c. */
  readonly stepPath: Float64Array;
  readonly path: Float64Array;
  readonly generation: number;
}

/** What a negative eigenvalue, left by rounding, is taken for; and what keeps a length of 0 from being divided by. */
const LEAST = 1e-8;

/** @param covariance - Default: the identity. */
export function initialDistribution(
  mean: Float64Array,
  stepSize: number,
  covariance: Float64Array = identity(mean.length),
): SearchDistribution {
  const d = mean.length;
  return {
    mean,
    stepSize,
    ...decomposed(covariance, d),
    stepPath: new Float64Array(d),
    path: new Float64Array(d),
    generation: 0,
  };
}

/** A solution drawn, and the weight of what was observed there, in (0, 1]. */
export interface RankedSolution {
  readonly x: Float64Array;
  readonly weight: number;
}

/**
 * The distribution after a generation: the mean moves to the better half, the step size follows the length of its path,
 * the covariance learns from that path (rank one) and from all solutions, the worse with negative weights (rank μ).
 *
 * An observation of weight w has w times the recombination weight of its rank; the positive ones sum to 1 again.
 *
 * @param solutions - Exactly λ, the best first.
 * @see Hansen (2016), arXiv 1604.00772, equations 39 to 47
 */
export function nextDistribution(
  before: SearchDistribution,
  solutions: readonly RankedSolution[],
  constants: StrategyConstants,
): SearchDistribution {
  const { dimensions: d, parents, effectiveParents, stepRate, stepDamping, pathRate, rankOneRate } = constants;
  const { rankMuRate, normalLength } = constants;
  const weights = weighted(solutions, constants);
  const steps = solutions.map(({ x }) => x.map((value, a) => (value - before.mean[a]!) / before.stepSize));
  const mean = before.mean.slice();
  const moved = new Float64Array(d);
  for (let i = 0; i < parents; i++) for (let a = 0; a < d; a++) moved[a] = moved[a]! + weights[i]! * steps[i]![a]!;
  for (let a = 0; a < d; a++) mean[a] = mean[a]! + before.stepSize * moved[a]!;

  const turned = whitened(before, moved);
  const gain = Math.sqrt(stepRate * (2 - stepRate) * effectiveParents);
  const stepPath = before.stepPath.map((value, a) => (1 - stepRate) * value + gain * turned[a]!);
  const length = Math.sqrt(square(stepPath));
  const stepSize = Math.min(before.stepSize * Math.exp((stepRate / stepDamping) * (length / normalLength - 1)), 1e32);

  const generation = before.generation + 1;
  const expected = Math.sqrt(1 - (1 - stepRate) ** (2 * (generation + 1)));
  const steady = length / expected < (1.4 + 2 / (d + 1)) * normalLength ? 1 : 0;
  const pathGain = steady * Math.sqrt(pathRate * (2 - pathRate) * effectiveParents);
  const path = before.path.map((value, a) => (1 - pathRate) * value + pathGain * moved[a]!);

  const sumOfWeights = weights.reduce((sum, w) => sum + w, 0);
  const kept = 1 + rankOneRate * (1 - steady) * pathRate * (2 - pathRate) - rankOneRate - rankMuRate * sumOfWeights;
  const covariance = before.covariance.map((value) => kept * value);
  addOuter(covariance, path, rankOneRate);
  for (const [i, step] of steps.entries()) {
    const w = weights[i]!;
    // A bad step takes away no more than one of the expected length would, however long it was.
    const share = w >= 0 ? w : (w * d) / (square(whitened(before, step)) + LEAST);
    addOuter(covariance, step, rankMuRate * share);
  }
  return { mean, stepSize, ...decomposed(covariance, d), stepPath, path, generation };
}

/** m + σ·B·D·z. */
export function solutionAt({ mean, stepSize, axes, lengths }: SearchDistribution, z: Float64Array): Float64Array {
  const d = mean.length;
  return mean.map((value, a) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += axes[a * d + k]! * lengths[k]! * z[k]!;
    return value + stepSize * sum;
  });
}

/** C^−½·y = B·D⁻¹·Bᵀ·y. */
export function whitened({ axes, lengths }: SearchDistribution, y: Float64Array): Float64Array {
  const d = y.length;
  const turned = new Float64Array(d);
  for (let k = 0; k < d; k++) {
    let sum = 0;
    for (let a = 0; a < d; a++) sum += axes[a * d + k]! * y[a]!;
    sum /= lengths[k]!;
    for (let a = 0; a < d; a++) turned[a] = turned[a]! + axes[a * d + k]! * sum;
  }
  return turned;
}

function weighted(solutions: readonly RankedSolution[], { weights, parents }: StrategyConstants): Float64Array {
  const scaled = weights.map((w, i) => w * solutions[i]!.weight);
  let positive = 0;
  for (let i = 0; i < parents; i++) positive += scaled[i]!;
  // Rounding would move what all the same weights leave alone.
  if (solutions.every(({ weight }) => weight === solutions[0]!.weight)) return weights;
  return scaled.map((w, i) => (i < parents ? w / positive : w));
}

function decomposed(covariance: Float64Array, d: number): Pick<SearchDistribution, 'covariance' | 'axes' | 'lengths'> {
  const symmetric = covariance.map((value, i) => 0.5 * (value + covariance[(i % d) * d + Math.floor(i / d)]!));
  const { values, vectors } = symmetricEigen(symmetric, d);
  const lengths = values.map((value) => Math.sqrt(value < 0 ? LEAST : value));
  return { covariance: symmetric, axes: vectors, lengths };
}

function addOuter(matrix: Float64Array, y: Float64Array, factor: number): void {
  const d = y.length;
  for (let a = 0; a < d; a++) {
    for (let b = 0; b < d; b++) matrix[a * d + b] = matrix[a * d + b]! + factor * y[a]! * y[b]!;
  }
}

function square(y: Float64Array): number {
  return y.reduce((sum, value) => sum + value * value, 0);
}

function identity(d: number): Float64Array {
  return Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
}
