import { InvalidInputError } from '../errors.ts';

const SQRT_TWO_PI = 2.5066282746310002;

// Coefficients as the nearest doubles, lowest power first: Cody (1969), in the form he gives for the normal integral (1993).
const CENTRAL_NUMERATOR = [
  18154.98125334356, 1067.6894854603709, 161.02823106855587, 2.2352520354606837, 0.06568233791820745,
] as const;
const CENTRAL_DENOMINATOR = [45507.78933502673, 10260.932208618979, 976.0985517377767, 47.202581904688245, 1] as const;
const MIDDLE_NUMERATOR = [
  9842.714838383978, 11602.65143764735, 6848.190450536283, 2494.5375852903726, 597.2702763948002, 93.50665613217785,
  8.883149794388377, 0.39894151208813466, 1.0765576773720192e-8,
] as const;
const MIDDLE_DENOMINATOR = [
  19685.429676859992, 38912.00328609327, 34900.95272114598, 18615.571640885097, 6485.558298266761, 1519.3775994075547,
  235.387901782625, 22.266688044328117, 1,
] as const;
const TAIL_NUMERATOR = [
  2.9112874951168793e-5, 0.0014216191932278934, 0.022235277870649807, 0.12740116116024736, 0.215898534057957,
  0.023073441764940174,
] as const;
const TAIL_DENOMINATOR = [
  7.297515550839662e-5, 0.0037823963320275824, 0.06598813786892856, 0.4682382124808651, 1.284260096144911, 1,
] as const;

// Coefficients as the nearest doubles, lowest power first: Wichura (1988), routine PPND16.
const QUANTILE_CENTRAL = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const;
const QUANTILE_MIDDLE = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 7.745450142783414e-4,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    5.475938084995345e-4, 1.0507500716444169e-9,
  ],
] as const;
const QUANTILE_TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 7.868691311456133e-4, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

/**
 * Standard normal distribution function: the probability that a standard normal value is at most z.
 *
 *   Φ(z) = (1/√(2π)) · ∫_{−∞}^{z} e^(−t²/2) dt
 *
 * @param z - Any number but NaN; −∞ gives 0, +∞ gives 1.
 * @returns Φ(z) in [0, 1]; relative error below 1e-15 while Φ(z) is a normal double (z > −37.5), in the far lower
 * tail too. For a small upper tail call `normalCdf(-z)`.
 * @throws {@link InvalidInputError} `NOT_FINITE` for NaN.
 * @remarks O(1).
 * @see Cody (1969), Mathematics of Computation 23:631–637, doi:10.1090/S0025-5718-1969-0247736-4;
 * Cody (1993), ACM TOMS 19:22–32, doi:10.1145/151271.151273
 * @example normalCdf(1.959963984540054); // 0.975
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) throw new InvalidInputError('NOT_FINITE', `z must be a number; got ${z}`);
  const y = Math.abs(z);
  if (y <= 0.67448975) {
    const square = z * z;
    return 0.5 + (z * polynomial(CENTRAL_NUMERATOR, square)) / polynomial(CENTRAL_DENOMINATOR, square);
  }
  const tail = upperTail(y);
  return z < 0 ? tail : 1 - tail;
}

/**
 * Standard normal quantile: the z with Φ(z) = p, the inverse of {@link normalCdf}.
 *
 * @param p - Probability in [0, 1]; 0 gives −∞, 1 gives +∞.
 * @returns z; relative error below 1e-15, and exactly 0 at p = 0.5.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `NOT_FINITE` for NaN.
 * @remarks O(1). For p near 1 pass the small tail instead: −normalQuantile(1 − p) keeps no more digits than 1 − p has.
 * @see Wichura (1988), algorithm AS 241, Applied Statistics 37:477–484, doi:10.2307/2347330
 * @example normalQuantile(0.975); // 1.9599639845400536
 */
export function normalQuantile(p: number): number {
  CELL[0] = p;
  normalQuantileInPlace(CELL, 0);
  return CELL[0];
}

const CELL = new Float64Array(1);
/** Argument and value of a quotient of polynomials: a number that a call returns may cost memory. */
const QUOTIENT = new Float64Array(2);

/**
 * Replaces the probability `values[i]` by its {@link normalQuantile}, and allocates nothing.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `NOT_FINITE` for NaN; then nothing is written.
 * @example
 * const values = Float64Array.of(0.5, 0.975);
 * normalQuantileInPlace(values, 1); // values[1] is 1.9599639845400536
 */
export function normalQuantileInPlace(values: Float64Array, i: number): void {
  const p = values[i]!;
  if (Number.isNaN(p)) throw new InvalidInputError('NOT_FINITE', `p must be a number from 0 to 1; got ${p}`);
  if (p < 0 || p > 1) throw new InvalidInputError('OUT_OF_RANGE', `p must be from 0 to 1; got ${p}`);
  const fromCenter = p - 0.5;
  if (p === 0) values[i] = Number.NEGATIVE_INFINITY;
  else if (p === 1) values[i] = Number.POSITIVE_INFINITY;
  else if (Math.abs(fromCenter) <= 0.425) {
    QUOTIENT[0] = 0.180625 - fromCenter * fromCenter;
    divide(QUANTILE_CENTRAL);
    values[i] = fromCenter * QUOTIENT[1]!;
  } else {
    const root = Math.sqrt(-Math.log(fromCenter < 0 ? p : 1 - p));
    QUOTIENT[0] = root <= 5 ? root - 1.6 : root - 5;
    divide(root <= 5 ? QUANTILE_MIDDLE : QUANTILE_TAIL);
    values[i] = fromCenter < 0 ? -QUOTIENT[1]! : QUOTIENT[1]!;
  }
}

/** Horner's scheme for both polynomials of the quotient; coefficients lowest power first. */
function divide([numerator, denominator]: readonly [readonly number[], readonly number[]]): void {
  const x = QUOTIENT[0]!;
  let above = 0;
  let below = 0;
  for (let k = numerator.length - 1; k >= 0; k--) above = above * x + numerator[k]!;
  for (let k = denominator.length - 1; k >= 0; k--) below = below * x + denominator[k]!;
  QUOTIENT[1] = above / below;
}

/** 1 − Φ(y) for y ≥ 0.67. */
function upperTail(y: number): number {
  if (y > 38.6) return 0;
  // e^(−y²/2) in two factors: y² itself would carry a rounding error that the exponential magnifies by y²/2.
  const head = Math.trunc(y * 16) / 16;
  const density = Math.exp(-0.5 * head * head) * Math.exp(-0.5 * (y - head) * (y + head));
  if (y <= Math.sqrt(32)) return (density * polynomial(MIDDLE_NUMERATOR, y)) / polynomial(MIDDLE_DENOMINATOR, y);
  const inverse = 1 / (y * y);
  const correction = (inverse * polynomial(TAIL_NUMERATOR, inverse)) / polynomial(TAIL_DENOMINATOR, inverse);
  return (density * (1 / SQRT_TWO_PI - correction)) / y;
}

/** Horner's scheme; coefficients lowest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + coefficients[i]!;
  return value;
}
