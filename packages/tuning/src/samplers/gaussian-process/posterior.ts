import { dot, factorize, invertLower, timesLower, timesLowerTransposed } from './lower-triangle.ts';
import { type Kernel, maternCorrelation, maternSlope, squaredDistance } from './matern-kernel.ts';
import type { Observations } from './observations.ts';

/** Candidates whose covariances are worked on together. */
const BLOCK = 4;
/** What rounding may leave of a variance, or take from it. */
const LEAST_VARIANCE = 1e-12;

/** Outcomes invented for trials whose own are not known. */
export interface Fantasies {
  /** Of those trials, shape (r · d). */
  readonly rows: Float64Array;
  /** Standard normal draws, shape (m · r): m outcomes of each. */
  readonly draws: Float64Array;
}

/**
 * A Gaussian process after its observations; with fantasies, m of them: the same variance, and a mean for each set of
 * outcomes drawn from the process itself at the points of trials still running.
 *
 *   v(x) = L⁻¹k(x),   mean = v·u,   variance = s − v·v,   u = L⁻¹y,   C = L·Lᵀ
 *
 * @remarks O(n³) to make; a mean and variance O(n² + n·d). With draws z of their own the outcomes' share of u is z
 * itself: fantasies cost r multiplications per mean.
 * @see Rasmussen & Williams (2006), algorithm 2.1; Snoek, Larochelle & Adams (2012), arXiv 1206.2944, section 3.2
 */
export class Posterior {
  readonly size: number;
  readonly coordinates: number;
  readonly kernel: Kernel;
  /** How many means there are: 1 without fantasies. */
  readonly means: number;
  /** By mean: its lowest value at the observations and fantasies, shape (means). */
  readonly lowest: Float64Array;
  readonly #rows: Float64Array;
  readonly #categories: Uint8Array;
  readonly #inverseFactor: Float64Array;
  /** L⁻¹y of the observations; then of each mean what the fantasies add, shape (means · fantasies). */
  readonly #whitened: Float64Array;
  readonly #draws: Float64Array;
  readonly #known: number;
  readonly #slopes: Float64Array;
  readonly #covariances: Float64Array;
  readonly #projected: Float64Array;
  readonly #coefficients: Float64Array;
  readonly #blockIn: Float64Array;
  readonly #blockOut: Float64Array;

  constructor(observations: Observations, kernel: Kernel, fantasies: Fantasies = NO_FANTASIES) {
    const { categories, values, addedNoise } = observations;
    const d = categories.length;
    const known = values.length;
    const pending = fantasies.rows.length / d;
    const size = known + pending;
    this.size = size;
    this.coordinates = d;
    this.kernel = kernel;
    this.#known = known;
    this.#categories = categories;
    this.#rows = new Float64Array(size * d);
    this.#rows.set(observations.rows);
    this.#rows.set(fantasies.rows, known * d);
    const noises = new Float64Array(size).fill(kernel.noise);
    for (let i = 0; i < known; i++) noises[i] = kernel.noise + kernel.variance * addedNoise[i]!;
    const factor = this.#factor(noises);
    this.#inverseFactor = new Float64Array(size * size);
    invertLower(factor, this.#inverseFactor, size);
    this.means = pending === 0 ? 1 : fantasies.draws.length / pending;
    this.#draws = fantasies.draws;
    this.#whitened = new Float64Array(size);
    timesLower(this.#inverseFactor, values, this.#whitened, known, size);
    this.lowest = new Float64Array(this.means);
    for (let m = 0; m < this.means; m++) this.lowest[m] = this.#lowestMean(m, factor, noises);
    this.#covariances = new Float64Array(size);
    this.#slopes = new Float64Array(size);
    this.#projected = new Float64Array(size);
    this.#coefficients = new Float64Array(size);
    this.#blockIn = new Float64Array(size * BLOCK);
    this.#blockOut = new Float64Array(size * BLOCK);
  }

  /**
   * The means at a row, shape (means), and the variance; kept for {@link gradientAt} of the same row.
   * @returns the variance, not below 1e-12.
   */
  at(row: Float64Array, means: Float64Array): number {
    const n = this.size;
    this.#covary(row, true);
    timesLower(this.#inverseFactor, this.#covariances, this.#projected, n);
    const variance = this.kernel.variance - dot(this.#projected, 0, this.#projected, 0, n);
    this.#meansOf(this.#projected, means);
    return Math.max(variance, LEAST_VARIANCE);
  }

  /**
   * The gradient at the row last given to {@link at} of whatever depends on its means and variance; 0 along categories.
   * @param byMeans - Derivative by each mean.
   * @param gradient - Shape (d). Written.
   */
  gradientAt(row: Float64Array, byMeans: Float64Array, byVariance: number, gradient: Float64Array): void {
    const n = this.size;
    const d = this.coordinates;
    const pending = n - this.#known;
    const t = this.#projected;
    let sum = 0;
    for (let m = 0; m < this.means; m++) sum += byMeans[m]!;
    for (let i = 0; i < this.#known; i++) t[i] = sum * this.#whitened[i]! - 2 * byVariance * t[i]!;
    for (let r = 0; r < pending; r++) {
      let drawn = 0;
      for (let m = 0; m < this.means; m++) drawn += byMeans[m]! * this.#draws[m * pending + r]!;
      t[this.#known + r] = drawn - 2 * byVariance * t[this.#known + r]!;
    }
    timesLowerTransposed(this.#inverseFactor, t, this.#coefficients, n);
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      const share = 2 * this.#coefficients[i]! * this.#slopes[i]!;
      for (let a = 0; a < d; a++) gradient[a] = gradient[a]! + share * (row[a]! - this.#rows[i * d + a]!);
    }
    const { inverseSquares } = this.kernel;
    for (let a = 0; a < d; a++) gradient[a] = this.#categories[a] === 1 ? 0 : gradient[a]! * inverseSquares[a]!;
  }

  /**
   * Means and variances at many rows.
   * @param rows - One after the other.
   * @param each - Called with the number of the row, its means (to be read at once) and its variance.
   * @remarks Four rows at a time: each number of L⁻¹ is read once for all of them.
   */
  forEachRow(rows: Float64Array, each: (index: number, means: Float64Array, variance: number) => void): void {
    const n = this.size;
    const d = this.coordinates;
    const count = rows.length / d;
    const means = new Float64Array(this.means);
    for (let from = 0; from < count; from += BLOCK) {
      const width = Math.min(BLOCK, count - from);
      for (let b = 0; b < width; b++) {
        this.#covary(rows.subarray((from + b) * d, (from + b + 1) * d), false);
        for (let i = 0; i < n; i++) this.#blockIn[i * BLOCK + b] = this.#covariances[i]!;
      }
      projectBlock(this.#inverseFactor, this.#blockIn, this.#blockOut, n);
      for (let b = 0; b < width; b++) {
        let square = 0;
        for (let i = 0; i < n; i++) {
          const projected = this.#blockOut[i * BLOCK + b]!;
          this.#projected[i] = projected;
          square += projected * projected;
        }
        this.#meansOf(this.#projected, means);
        each(from + b, means, Math.max(this.kernel.variance - square, LEAST_VARIANCE));
      }
    }
  }

  #meansOf(projected: Float64Array, means: Float64Array): void {
    const known = this.#known;
    const pending = this.size - known;
    const base = dot(projected, 0, this.#whitened, 0, known);
    for (let m = 0; m < this.means; m++) {
      means[m] = pending === 0 ? base : base + dot(projected, known, this.#draws, m * pending, pending);
    }
  }

  /** Writes the covariances of a row with all rows, and their slopes when asked. */
  #covary(row: Float64Array, slopes: boolean): void {
    const d = this.coordinates;
    const { inverseSquares, variance } = this.kernel;
    for (let i = 0; i < this.size; i++) {
      const square = squaredDistance(row, 0, this.#rows, i * d, inverseSquares, this.#categories);
      this.#covariances[i] = variance * maternCorrelation(square);
      if (slopes) this.#slopes[i] = variance * maternSlope(square);
    }
  }

  /** L. Where rounding leaves none, more noise does. */
  #factor(noises: Float64Array): Float64Array {
    const n = this.size;
    const matrix = new Float64Array(n * n);
    for (let more = 0; ; more = more === 0 ? 1e-10 * this.kernel.variance : more * 100) {
      for (let i = 0; i < n; i++) {
        const { coordinates: d, kernel } = this;
        for (let j = 0; j < i; j++) {
          const square = squaredDistance(this.#rows, i * d, this.#rows, j * d, kernel.inverseSquares, this.#categories);
          matrix[i * n + j] = kernel.variance * maternCorrelation(square);
        }
        matrix[i * n + i] = kernel.variance + noises[i]! + more;
      }
      if (factorize(matrix, n)) return matrix;
    }
  }

  /** Values less noise: C·α − noise·α, with C·α = L·u and α = L⁻ᵀ·u. */
  #lowestMean(m: number, factor: Float64Array, noises: Float64Array): number {
    const n = this.size;
    const pending = n - this.#known;
    const whitened = this.#whitened.slice();
    whitened.set(this.#draws.subarray(m * pending, (m + 1) * pending), this.#known);
    const solved = new Float64Array(n);
    timesLowerTransposed(this.#inverseFactor, whitened, solved, n);
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      lowest = Math.min(lowest, dot(factor, i * n, whitened, 0, i + 1) - noises[i]! * solved[i]!);
    }
    return lowest;
  }
}

const NO_FANTASIES: Fantasies = { rows: new Float64Array(0), draws: new Float64Array(0) };

/** out = M·in for four columns that lie beside each other. */
function projectBlock(lower: Float64Array, block: Float64Array, out: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const row = i * n;
    for (let j = 0, at = 0; j <= i; j++, at += BLOCK) {
      const factor = lower[row + j]!;
      s0 += factor * block[at]!;
      s1 += factor * block[at + 1]!;
      s2 += factor * block[at + 2]!;
      s3 += factor * block[at + 3]!;
    }
    const to = i * BLOCK;
    out[to] = s0;
    out[to + 1] = s1;
    out[to + 2] = s2;
    out[to + 3] = s3;
  }
}
