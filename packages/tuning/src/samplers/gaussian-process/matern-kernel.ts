/** What a Gaussian process assumes: the covariance of two rows, and the noise of an observation. */
export interface Kernel {
  /** 1/ℓ² per coordinate, ℓ its length scale. */
  readonly inverseSquares: Float64Array;
  /** Variance of the function about its mean. */
  readonly variance: number;
  /** Variance of the noise of an observation of weight 1. */
  readonly noise: number;
}

const SQRT_5 = Math.sqrt(5);

/**
 * Matérn's correlation, ν = 5/2, of a squared scaled distance.
 *
 *   m(q) = (1 + √(5q) + 5q/3) · e^−√(5q)
 *
 * @see Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, eq. 4.17
 */
export function maternCorrelation(square: number): number {
  const distance = SQRT_5 * Math.sqrt(square);
  return (1 + distance + (5 / 3) * square) * Math.exp(-distance);
}

/** m′(q) = −5/6 · (1 + √(5q)) · e^−√(5q): finite at 0 too. */
export function maternSlope(square: number): number {
  const distance = SQRT_5 * Math.sqrt(square);
  return (-5 / 6) * (1 + distance) * Math.exp(-distance);
}

/**
 * Squared scaled distance of two rows.
 *
 *   q = Σₐ δₐ² / ℓₐ²,   δₐ = uₐ − vₐ, of a category 0 where it is the same and 1 where not (Hamming)
 *
 * @param categories - 1 for a coordinate that is a category.
 */
export function squaredDistance(
  x: Float64Array,
  fromX: number,
  y: Float64Array,
  fromY: number,
  inverseSquares: Float64Array,
  categories: Uint8Array,
): number {
  let sum = 0;
  for (let a = 0; a < inverseSquares.length; a++) {
    const difference = x[fromX + a]! - y[fromY + a]!;
    if (difference === 0) continue;
    sum += categories[a] === 1 ? inverseSquares[a]! : inverseSquares[a]! * difference * difference;
  }
  return sum;
}
