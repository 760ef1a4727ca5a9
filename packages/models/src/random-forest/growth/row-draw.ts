import type { FastRandom } from './fast-random.ts';

export interface RowDraw {
  readonly rows: number;
  /** Rows per tree, 1 to `rows`. */
  readonly size: number;
  readonly replacement: boolean;
  /** Rows of weight 0 count as not drawn. */
  readonly weights?: Float64Array;
}

/** More draws of one row than this are not counted; with as many rows as draws that has chance below 1e-280,000. */
const MOST = 65_535;

/**
 * Draws the rows of one tree: `size` times uniformly with replacement, or a random subset.
 *
 * @param into - Written: how often each row was drawn. Length rows.
 * @returns how many different rows were drawn; 0 when all draws fell on rows of weight 0.
 */
export function drawRows({ rows, size, replacement, weights }: RowDraw, random: FastRandom, into: Uint16Array): number {
  into.fill(0);
  if (replacement) {
    for (let i = 0; i < size; i++) {
      const row = random.below(rows);
      if (into[row]! < MOST) into[row]!++;
    }
  } else {
    // Selection sampling (Knuth, TAOCP 2, algorithm 3.4.2 S).
    for (let row = 0, chosen = 0; row < rows && chosen < size; row++) {
      if (random.next() * (rows - row) >= size - chosen) continue;
      into[row] = 1;
      chosen++;
    }
  }
  let distinct = 0;
  for (let row = 0; row < rows; row++) {
    if (weights !== undefined && weights[row] === 0) into[row] = 0;
    if (into[row]! > 0) distinct++;
  }
  return distinct;
}
