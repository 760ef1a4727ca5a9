import { dot, factorize, gram, invertLower, timesLower, timesLowerTransposed } from './lower-triangle.ts';
import { maternCorrelation, maternSlope, squaredDistance } from './matern-kernel.ts';
import type { Observations } from './observations.ts';

const LOG_TWO_PI = Math.log(2 * Math.PI);

/**
 * The log marginal likelihood of a Gaussian process with mean 0 and its gradient, as a function of the logarithms of
 * what the kernel consists of.
 *
 *   ln p(y) = −½ yᵀC⁻¹y − ½ ln|C| − (n/2) ln 2π,   C = s·(M + diag(addedNoise)) + t·I
 *
 * @remarks O(n³ + n²·d); the arrays are allocated once.
 * @see Rasmussen & Williams (2006), eq. 5.8 and 5.9
 */
export class MarginalLikelihood {
  readonly #observations: Observations;
  readonly #n: number;
  readonly #d: number;
  readonly #covariance: Float64Array;
  readonly #inverseFactor: Float64Array;
  /** 5/2 needs the distance twice: once for the value, once for the slope. */
  readonly #slopes: Float64Array;
  readonly #whitened: Float64Array;
  readonly #solved: Float64Array;
  readonly #inverseSquares: Float64Array;

  constructor(observations: Observations) {
    const n = observations.values.length;
    const d = observations.categories.length;
    this.#observations = observations;
    this.#n = n;
    this.#d = d;
    this.#covariance = new Float64Array(n * n);
    this.#inverseFactor = new Float64Array(n * n);
    this.#slopes = new Float64Array(n * n);
    this.#whitened = new Float64Array(n);
    this.#solved = new Float64Array(n);
    this.#inverseSquares = new Float64Array(d);
  }

  /**
   * @param logs - ln(1/ℓ²) per coordinate, ln s; shape (d + 1).
   * @param noise - t.
   * @param gradient - Of the first d + 1 by `logs`, of the last by t; shape (d + 2). Written.
   * @returns −∞ where C is not positive definite in floating point; then the gradient is not written.
   */
  evaluate(logs: Float64Array, noise: number, gradient: Float64Array): number {
    const n = this.#n;
    const d = this.#d;
    const { values } = this.#observations;
    for (let a = 0; a < d; a++) this.#inverseSquares[a] = Math.exp(logs[a]!);
    const variance = Math.exp(logs[d]!);
    this.#buildCovariance(variance, noise);
    if (!factorize(this.#covariance, n)) return Number.NEGATIVE_INFINITY;
    let logDiagonal = 0;
    for (let i = 0; i < n; i++) logDiagonal += Math.log(this.#covariance[i * n + i]!);
    invertLower(this.#covariance, this.#inverseFactor, n);
    timesLower(this.#inverseFactor, values, this.#whitened, n);
    timesLowerTransposed(this.#inverseFactor, this.#whitened, this.#solved, n);
    const likelihood = -0.5 * dot(this.#whitened, 0, this.#whitened, 0, n) - logDiagonal - 0.5 * n * LOG_TWO_PI;
    // From here the covariance's array holds its inverse.
    gram(this.#inverseFactor, this.#covariance, n);
    this.#addGradient(variance, noise, gradient);
    return likelihood;
  }

  #buildCovariance(variance: number, noise: number): void {
    const { rows, categories, addedNoise } = this.#observations;
    const n = this.#n;
    const d = this.#d;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const square = squaredDistance(rows, i * d, rows, j * d, this.#inverseSquares, categories);
        this.#covariance[i * n + j] = variance * maternCorrelation(square);
        this.#slopes[i * n + j] = variance * maternSlope(square);
      }
      this.#covariance[i * n + i] = variance * (1 + addedNoise[i]!) + noise;
    }
  }

  /** ∂ ln p / ∂θ = ½ Σᵢⱼ (αᵢαⱼ − C⁻¹ᵢⱼ) ∂Cᵢⱼ/∂θ,   α = C⁻¹y. */
  #addGradient(variance: number, noise: number, gradient: Float64Array): void {
    const { rows, categories } = this.#observations;
    const n = this.#n;
    const d = this.#d;
    const solved = this.#solved;
    gradient.fill(0);
    let trace = 0;
    let fit = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        // Both halves of the matrix: the ½ is gone.
        const share = (solved[i]! * solved[j]! - this.#covariance[i * n + j]!) * this.#slopes[i * n + j]!;
        for (let a = 0; a < d; a++) {
          const difference = rows[i * d + a]! - rows[j * d + a]!;
          if (difference === 0) continue;
          gradient[a] = gradient[a]! + share * (categories[a] === 1 ? 1 : difference * difference);
        }
      }
      fit += solved[i]! * solved[i]!;
      trace += this.#covariance[i * n + i]!;
    }
    for (let a = 0; a < d; a++) gradient[a] = gradient[a]! * this.#inverseSquares[a]!;
    // s·(M + diag) = C − t·I: what the noise leaves of yᵀα and of the identity's trace.
    const quadratic = dot(this.#whitened, 0, this.#whitened, 0, n);
    gradient[d] = variance === 0 ? 0 : 0.5 * (quadratic - noise * fit - (n - noise * trace));
    gradient[d + 1] = 0.5 * (fit - trace);
  }
}
