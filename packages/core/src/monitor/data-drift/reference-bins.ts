import { InvalidInputError } from '../../errors.ts';
import { requireFinite } from '../../numeric/require-finite.ts';

/**
 * Where the inner edges lie, always from the reference alone.
 * - `quantile`: at its i/bins quantiles (linear interpolation, type 7), so that bins hold about equally many.
 * - `equal-width`: at equal distances from its smallest to its largest value.
 */
export type BinRule = 'quantile' | 'equal-width';

export interface BinOptions {
  /** How many bins to cut, 2 to 1,000. Default 10. Ties in the reference may merge some. */
  readonly bins?: number;
  /** Default `quantile`. */
  readonly binRule?: BinRule;
}

export const DEFAULT_BINS = 10;

/**
 * Inner edges of bins cut along a reference sample.
 *
 * Bin 0 is (−∞, e₀], bin i is (eᵢ₋₁, eᵢ], the last is (e_last, ∞): the outer bins are open, so no value is lost.
 * Equal edges become one, hence fewer bins. A constant reference has three: below it, equal to it, above it.
 *
 * @param sorted - The reference, ascending, shape (n), n ≥ 1, finite.
 * @returns Ascending distinct edges, one fewer than there are bins.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `NOT_FINITE` | `UNSORTED` | `OUT_OF_RANGE` | `INVALID_TYPE`.
 * @remarks O(n).
 * @see Hyndman & Fan (1996), The American Statistician 50:361–365, doi:10.2307/2684934 (type 7)
 * @example referenceBinEdges([1, 2, 3, 4, 5], { bins: 4 }); // [2, 3, 4]
 */
export function referenceBinEdges(sorted: ArrayLike<number>, options: BinOptions = {}): number[] {
  const { bins = DEFAULT_BINS, binRule = 'quantile' } = options;
  requireBinOptions(bins, binRule);
  requireFinite(sorted, 'reference');
  requireAscending(sorted);
  const lowest = sorted[0]!;
  const highest = sorted[sorted.length - 1]!;
  if (lowest === highest) return [justBelow(lowest), lowest];
  const edges: number[] = [];
  for (let i = 1; i < bins; i++) {
    const share = i / bins;
    const edge = binRule === 'quantile' ? quantile(sorted, share) : lowest * (1 - share) + highest * share;
    if (edges.length === 0 || edge > edges[edges.length - 1]!) edges.push(edge);
  }
  return edges;
}

/**
 * How many values fall into each bin (a, b] of {@link referenceBinEdges}.
 * @param values - In any order, finite.
 * @remarks O(n log bins).
 */
export function countByBin(values: ArrayLike<number>, edges: readonly number[]): Float64Array {
  const counts = new Float64Array(edges.length + 1);
  for (let i = 0; i < values.length; i++) counts[binOf(values[i]!, edges)]!++;
  return counts;
}

function binOf(value: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const fraction = at - below;
  const left = sorted[below]!;
  const right = sorted[Math.min(below + 1, sorted.length - 1)]!;
  // An edge between equal values is that value, to the last bit: its ties must not be split by rounding.
  return left === right ? left : left * (1 - fraction) + right * fraction;
}

function justBelow(value: number): number {
  return value - Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`. */
export function requireBinOptions(bins: number, binRule: BinRule): void {
  if (!Number.isInteger(bins) || bins < 2 || bins > 1000) {
    throw new InvalidInputError('OUT_OF_RANGE', `bins must be a whole number from 2 to 1,000; got ${bins}`);
  }
  if (binRule !== 'quantile' && binRule !== 'equal-width') {
    throw new InvalidInputError('INVALID_TYPE', `binRule must be 'quantile' or 'equal-width'; got ${String(binRule)}`);
  }
}

function requireAscending(sorted: ArrayLike<number>): void {
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i]! < sorted[i - 1]!) {
      throw new InvalidInputError('UNSORTED', `reference must ascend; got ${sorted[i]} after ${sorted[i - 1]}`);
    }
  }
}
