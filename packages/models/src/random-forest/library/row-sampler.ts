import { InvalidInputError, type RandomSource, randomInteger } from '@mlperf/core';

export interface RowSamplerOptions {
  readonly rows: number;
  /** Rows per draw, 1 to `rows`. */
  readonly size: number;
  readonly replacement: boolean;
  /** Chances of the rows, ≥ 0, at least one above 0; needs `replacement`. */
  readonly weights?: Float64Array;
}

/**
 * Draws the rows of one tree. (ml-random-forest's own `maxSamples` takes the first rows, which in a time series are
 * the oldest, so that option stays unused.)
 *
 *   with replacement: each draw takes row i with chance wᵢ / Σ w (all equal without weights)
 *   without: a random subset in row order; all rows when size = rows
 *
 * @returns `size` row indices.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` when the weights add up to 0 or to infinity.
 */
export function rowSampler(options: RowSamplerOptions): (random: RandomSource) => number[] {
  const { rows, size, replacement, weights } = options;
  if (!replacement) return (random) => sampleWithoutReplacement(rows, size, random);
  if (weights === undefined) return (random) => Array.from({ length: size }, () => randomInteger(random, rows));

  const cumulative = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    total += weights[i]!;
    cumulative[i] = total;
  }
  if (!(total > 0 && Number.isFinite(total))) {
    throw new InvalidInputError('OUT_OF_RANGE', `weights must have a finite sum above 0; got ${total}`);
  }
  return (random) => Array.from({ length: size }, () => firstAbove(cumulative, random.next() * total));
}

/** Selection sampling (Knuth, TAOCP 2, algorithm 3.4.2 S): keeps the row order. */
function sampleWithoutReplacement(rows: number, size: number, random: RandomSource): number[] {
  const chosen: number[] = [];
  for (let row = 0; row < rows && chosen.length < size; row++) {
    if (random.next() * (rows - row) < size - chosen.length) chosen.push(row);
  }
  return chosen;
}

/** First index whose cumulative weight exceeds `point`: never a row of weight 0. */
function firstAbove(cumulative: Float64Array, point: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
