import { MarginalLikelihood } from './marginal-likelihood.ts';
import type { Kernel } from './matern-kernel.ts';
import { minimizeBounded } from './minimize-bounded.ts';
import type { Observations } from './observations.ts';

/** Keeps the covariance solvable where the same point was observed twice. Values have variance 1. */
export const NOISE_FLOOR = 1e-8;

/** Logs beyond are not worth a search: the priors are e² times less likely than at their modes every 0.5 from here. */
const LARGEST_LOG = 12;
const MAX_ITERATIONS = 100;
const GRADIENT_TOLERANCE = 1e-2;

/** Where a fit begins when nothing is known: length scales of the whole range, half of a thousandth noise. */
export function initialKernel(coordinates: number): Kernel {
  return { inverseSquares: new Float64Array(coordinates).fill(1), variance: 1, noise: 0.5e-3 + NOISE_FLOOR };
}

/**
 * Logarithm of the prior density of a kernel but for a constant, and its gradient.
 *
 *   −Σₐ 0.1 · (ℓₐ² + 1/ℓₐ²)      length scales about the range
 *   ln s − s                      Gamma(2, 1): variance about that of the values
 *   0.1 · ln t − 30 · t           Gamma(1.1, 30): little noise
 *
 * @param gradient - By 1/ℓ² per coordinate, s, t; shape (d + 2). Written.
 * @see Optuna 5.0.0, `default_log_prior`
 */
export function logPrior({ inverseSquares, variance, noise }: Kernel, gradient: Float64Array): number {
  const d = inverseSquares.length;
  let sum = Math.log(variance) - variance + 0.1 * Math.log(noise) - 30 * noise;
  for (let a = 0; a < d; a++) {
    const inverse = inverseSquares[a]!;
    sum -= 0.1 / inverse + 0.1 * inverse;
    gradient[a] = 0.1 / (inverse * inverse) - 0.1;
  }
  gradient[d] = 1 / variance - 1;
  gradient[d + 1] = 0.1 / noise - 30;
  return sum;
}

export interface KernelFit {
  readonly kernel: Kernel;
  /** Log marginal likelihood plus log prior: larger is better. */
  readonly logPosterior: number;
}

/**
 * The kernel of largest posterior density that L-BFGS reaches: over the logarithms of 1/ℓ², s and t − 1e-8.
 *
 * @param observations - Values of about mean 0 and variance 1, n ≥ 1.
 * @param starts - At least one; the best end wins, at equality the first.
 * @remarks O(n³) per step.
 */
export function fitKernel(observations: Observations, starts: readonly Kernel[]): KernelFit {
  const d = observations.categories.length;
  const likelihood = new MarginalLikelihood(observations);
  const ofLikelihood = new Float64Array(d + 2);
  const ofPrior = new Float64Array(d + 2);
  const evaluate = (logs: Float64Array, gradient: Float64Array): number => {
    const kernel = kernelOf(logs);
    const value = likelihood.evaluate(logs, kernel.noise, ofLikelihood) + logPrior(kernel, ofPrior);
    if (!Number.isFinite(value)) return Number.POSITIVE_INFINITY;
    for (let a = 0; a < d; a++) gradient[a] = -(ofLikelihood[a]! + ofPrior[a]! * kernel.inverseSquares[a]!);
    gradient[d] = -(ofLikelihood[d]! + ofPrior[d]! * kernel.variance);
    gradient[d + 1] = -(ofLikelihood[d + 1]! + ofPrior[d + 1]!) * (kernel.noise - NOISE_FLOOR);
    return -value;
  };
  let best: KernelFit | undefined;
  for (const start of starts) {
    const { point, value } = minimizeBounded({
      evaluate,
      start: logsOf(start),
      lower: new Float64Array(d + 2).fill(-LARGEST_LOG - 8),
      upper: new Float64Array(d + 2).fill(LARGEST_LOG),
      gradientTolerance: GRADIENT_TOLERANCE,
      maxIterations: MAX_ITERATIONS,
    });
    if (best === undefined || -value > best.logPosterior) best = { kernel: kernelOf(point), logPosterior: -value };
  }
  return best ?? { kernel: initialKernel(d), logPosterior: Number.NEGATIVE_INFINITY };
}

function kernelOf(logs: Float64Array): Kernel {
  const d = logs.length - 2;
  return {
    inverseSquares: logs.slice(0, d).map(Math.exp),
    variance: Math.exp(logs[d]!),
    noise: Math.exp(logs[d + 1]!) + NOISE_FLOOR,
  };
}

function logsOf({ inverseSquares, variance, noise }: Kernel): Float64Array {
  const least = NOISE_FLOOR * 1e-2;
  return Float64Array.of(
    ...inverseSquares.map(Math.log),
    Math.log(variance),
    Math.log(Math.max(noise - NOISE_FLOOR, least)),
  );
}
