import { InvalidInputError, type RandomSource } from '@mlperf/core';
import { JOE_KUO_DIRECTIONS } from './joe-kuo-directions.ts';

export const MAX_SOBOL_DIMENSIONS = JOE_KUO_DIRECTIONS.length + 1;

const BITS = 32;

/**
 * Sobol points in [0, 1)ᵈ: the first 2ᵐ of them fill space evenly, each elementary box of volume 2^−(m−t) alike.
 *
 *   xᵢ(n) = 2⁻³² · ⊕ₖ gₖ(n) · vᵢₖ,   g(n) = n ⊕ ⌊n / 2⌋ (Gray code)
 *
 * Without scrambling they are the points of `scipy.stats.qmc.Sobol` with `bits=32`, the first one the origin. With it,
 * a random lower triangular matrix turns each dimension's directions and a random number shifts its digits (Matoušek's
 * linear scramble): each point is uniform by itself, and the set is as even as before.
 *
 * @remarks O(dimensions · set bits of n) per point; any point without those before it.
 * @see Joe & Kuo (2008), doi:10.1137/070709359; Matoušek (1998), Journal of Complexity 14:527–556,
 * doi:10.1006/jcom.1998.0489
 * @example new SobolSequence(2).point(2); // [0.75, 0.25]
 */
export class SobolSequence {
  readonly dimensions: number;
  /** Dimension by dimension, 32 directions each. */
  readonly #directions: Uint32Array;
  readonly #shifts: Uint32Array;

  /**
   * @param dimensions - 1 to {@link MAX_SOBOL_DIMENSIONS}.
   * @param scramble - Drawn from once, here; without it the points are not scrambled.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
   */
  constructor(dimensions: number, scramble?: RandomSource) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_SOBOL_DIMENSIONS) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `Sobol points must have 1 to ${MAX_SOBOL_DIMENSIONS} dimensions; got ${dimensions}`,
      );
    }
    this.dimensions = dimensions;
    this.#directions = new Uint32Array(dimensions * BITS);
    this.#shifts = new Uint32Array(dimensions);
    for (let d = 0; d < dimensions; d++) {
      const directions = directionsOf(d);
      if (scramble !== undefined) {
        turn(directions, scramble);
        this.#shifts[d] = uint32(scramble);
      }
      this.#directions.set(directions, d * BITS);
    }
  }

  /**
   * @param n - 0 to 2³² − 1.
   * @param out - Written and returned when given; of length `dimensions`.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
   */
  point(n: number, out: Float64Array = new Float64Array(this.dimensions)): Float64Array {
    if (!Number.isInteger(n) || n < 0 || n >= 2 ** BITS) {
      throw new InvalidInputError('OUT_OF_RANGE', `a Sobol point's number must be from 0 to 2^32 − 1; got ${n}`);
    }
    const gray = (n ^ (n >>> 1)) >>> 0;
    for (let d = 0; d < this.dimensions; d++) {
      let digits = this.#shifts[d]!;
      for (let rest = gray, k = d * BITS; rest !== 0; rest >>>= 1, k++) {
        if ((rest & 1) === 1) digits ^= this.#directions[k]!;
      }
      out[d] = (digits >>> 0) * 2 ** -BITS;
    }
    return out;
  }
}

/** v₁ … v₃₂ of a dimension as 32 bits, the first binary place highest. */
function directionsOf(dimension: number): Uint32Array {
  const odd = new Array<bigint>(BITS).fill(1n);
  const row = JOE_KUO_DIRECTIONS[dimension - 1];
  if (row !== undefined) {
    const [polynomial = 0, ...initial] = row;
    const degree = initial.length;
    for (let j = 0; j < BITS; j++) odd[j] = j < degree ? BigInt(initial[j]!) : next(odd, j, polynomial, degree);
  }
  return Uint32Array.from(odd, (m, j) => Number(BigInt.asUintN(BITS, m << BigInt(BITS - 1 - j))));
}

/** mⱼ = mⱼ₋ₛ ⊕ Σₖ 2ᵏ aₖ mⱼ₋ₖ (⊕), aₖ the polynomial's coefficients, s its degree. */
function next(m: readonly bigint[], j: number, polynomial: number, degree: number): bigint {
  let value = m[j - degree]!;
  for (let k = 1; k <= degree; k++) {
    if (((polynomial >>> (degree - k)) & 1) === 1) value ^= m[j - k]! << BigInt(k);
  }
  return value;
}

/** Each direction times one random lower triangular matrix of bits with ones on its diagonal. */
function turn(directions: Uint32Array, random: RandomSource): void {
  const rows = Uint32Array.from({ length: BITS }, (_, place) => {
    const diagonal = 2 ** (BITS - 1 - place);
    // Places above this one, which come first in the number, at random; those below not at all.
    const above = place === 0 ? 0 : (uint32(random) >>> (BITS - place)) * 2 ** (BITS - place);
    return above + diagonal;
  });
  for (const [k, direction] of directions.entries()) {
    let turned = 0;
    for (const row of rows) turned = turned * 2 + parity(row & direction);
    directions[k] = turned;
  }
}

function parity(bits: number): number {
  let folded = bits ^ (bits >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  folded ^= folded >>> 2;
  return (folded ^ (folded >>> 1)) & 1;
}

function uint32(random: RandomSource): number {
  return Math.floor(random.next() * 2 ** BITS);
}
