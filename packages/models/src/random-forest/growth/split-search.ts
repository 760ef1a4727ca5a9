import { between, MAX_BINS } from '../../histogram/quantile-thresholds.ts';
import type { FastRandom } from './fast-random.ts';
import { addBins, addRow, isFilled, sortPairs } from './group-sums.ts';
import type { GrowthData, GrowthLimits } from './growth-data.ts';
import type { NodeRows } from './node-rows.ts';
import { type Boundary, type BoundaryScan, boundaryScan } from './split-scores.ts';

/** Nodes of up to this many rows sort the raw values of their rows; larger ones count bins. */
export const SMALL_NODE = 40;

/** Rows from which on a column is long enough to ask in between whether to go on. */
const LONG_COLUMN = 16_384;

/** The best split of a node so far. */
export interface Split extends Boundary {
  column: number;
  /** Rows with at most this value go left; where `bin` is set, still to be found. */
  threshold: number;
  /** Last bin that goes left; −1 when rows are parted by their raw values. */
  bin: number;
}

/** Looks for the best split of one node after the other. */
export class SplitSearch {
  readonly best: Split = { group: -1, decrease: 0, column: -1, threshold: 0, bin: -1 };
  readonly columnBins: readonly Uint8Array[];
  readonly #data: GrowthData;
  readonly #limits: GrowthLimits;
  readonly #node: NodeRows;
  readonly #scan: BoundaryScan;
  readonly #regression: boolean;
  readonly #columns: Int32Array;
  readonly #sums: Float64Array;
  readonly #counts = new Int32Array(MAX_BINS);
  readonly #values: Float64Array;
  readonly #places: Int32Array;
  readonly #groupEnds: Int32Array;

  constructor(data: GrowthData, limits: GrowthLimits, node: NodeRows) {
    const { bins, rows, columns } = data.binned;
    this.#data = data;
    this.#limits = limits;
    this.#node = node;
    this.#scan = boundaryScan(limits.criterion, data.slots);
    this.#regression = data.labels === undefined;
    this.columnBins = Array.from({ length: columns }, (_, c) => bins.subarray(c * rows, (c + 1) * rows));
    this.#columns = new Int32Array(columns);
    this.#sums = new Float64Array(MAX_BINS * data.slots);
    this.#values = new Float64Array(SMALL_NODE);
    this.#places = new Int32Array(SMALL_NODE);
    this.#groupEnds = new Int32Array(SMALL_NODE);
  }

  /** Each tree starts from the same order of columns, so that it depends on its own stream alone. */
  begin(): void {
    for (let column = 0; column < this.#columns.length; column++) this.#columns[column] = column;
  }

  /**
   * Draws columns without replacement until `features` of them were tried and one of them was not constant.
   *
   * @param histogram - Sums of every column, where they are known already.
   * @returns whether {@link best} holds a split.
   */
  find(
    start: number,
    count: number,
    histogram: Float64Array | undefined,
    random: FastRandom,
    poll: () => void,
  ): boolean {
    const columns = this.#columns;
    const { features } = this.#limits;
    this.best.group = -1;
    this.best.decrease = Number.NEGATIVE_INFINITY;
    let left = columns.length;
    let tried = 0;
    let varying = false;
    while (left > 0 && (tried < features || !varying)) {
      const drawn = random.below(left--);
      const column = columns[drawn]!;
      columns[drawn] = columns[left]!;
      columns[left] = column;
      tried++;
      if (count >= LONG_COLUMN) poll();
      if (this.#try(column, start, count, histogram, random)) varying = true;
    }
    return this.best.group >= 0;
  }

  /** @returns whether the column varies within the node. */
  #try(column: number, start: number, count: number, histogram: Float64Array | undefined, random: FastRandom): boolean {
    if (this.#limits.splitter === 'random') return this.#tryRandom(column, start, count, random);
    if (count <= SMALL_NODE) return this.#trySorted(column, start, count);
    return this.#tryBins(column, start, count, histogram);
  }

  #tryBins(column: number, start: number, count: number, histogram: Float64Array | undefined): boolean {
    const { slots, binned } = this.#data;
    const bins = binned.binCounts[column]!;
    let sums = this.#sums;
    if (histogram === undefined) {
      sums.fill(0, 0, bins * slots);
      addBins(sums, slots, this.columnBins[column]!, this.#node, start, count);
    } else {
      const from = column * MAX_BINS * slots;
      sums = histogram.subarray(from, from + bins * slots);
    }
    let first = 0;
    while (!isFilled(sums, slots, first, this.#regression)) first++;
    let last = bins - 1;
    while (!isFilled(sums, slots, last, this.#regression)) last--;
    if (first === last) return false;
    if (this.#limits.minSamplesLeaf > 1) this.#countBins(column, start, count, bins);
    if (this.#scanGroups(sums, first, last - 1, count)) {
      this.best.column = column;
      this.best.bin = this.best.group;
    }
    return true;
  }

  #trySorted(column: number, start: number, count: number): boolean {
    const { slots, values: all, binned } = this.#data;
    const values = this.#values;
    const places = this.#places;
    const { rows } = this.#node;
    for (let at = 0; at < count; at++) {
      values[at] = all[rows[start + at]! * binned.columns + column]!;
      places[at] = at;
    }
    sortPairs(values, places, count);
    if (values[0] === values[count - 1]) return false;
    const sums = this.#sums;
    const ends = this.#groupEnds;
    sums.fill(0, 0, count * slots);
    let group = 0;
    for (let i = 0; i < count; i++) {
      if (i > 0 && values[i] !== values[i - 1]) group++;
      addRow(sums, slots, group, this.#node, places[i]!);
      ends[group] = i;
    }
    if (this.#limits.minSamplesLeaf > 1) {
      for (let g = 0; g <= group; g++) this.#counts[g] = ends[g]! - (g === 0 ? -1 : ends[g - 1]!);
    }
    if (this.#scanGroups(sums, 0, group - 1, count)) {
      const end = ends[this.best.group]!;
      this.best.column = column;
      this.best.threshold = between(values[end]!, values[end + 1]!);
      this.best.bin = -1;
    }
    return true;
  }

  /** One threshold drawn uniformly between the smallest and the largest value in the node. */
  #tryRandom(column: number, start: number, count: number, random: FastRandom): boolean {
    const { slots, values, binned } = this.#data;
    const { rows } = this.#node;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + count; i++) {
      const value = values[rows[i]! * binned.columns + column]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low === high) return false;
    const drawn = low + random.next() * (high - low);
    const threshold = drawn < high ? drawn : low;
    const sums = this.#sums;
    sums.fill(0, 0, 2 * slots);
    let right = 0;
    for (let at = 0; at < count; at++) {
      const group = values[rows[start + at]! * binned.columns + column]! > threshold ? 1 : 0;
      right += group;
      addRow(sums, slots, group, this.#node, at);
    }
    this.#counts[0] = count - right;
    this.#counts[1] = right;
    if (this.#scanGroups(sums, 0, 0, count)) {
      this.best.column = column;
      this.best.threshold = threshold;
      this.best.bin = -1;
    }
    return true;
  }

  #countBins(column: number, start: number, count: number, bins: number): void {
    const counts = this.#counts.fill(0, 0, bins);
    const binOf = this.columnBins[column]!;
    const { rows } = this.#node;
    for (let i = start; i < start + count; i++) counts[binOf[rows[i]!]!]!++;
  }

  /** Scans the boundaries that leave enough rows on both sides. */
  #scanGroups(sums: Float64Array, first: number, last: number, count: number): boolean {
    const { minSamplesLeaf } = this.#limits;
    let low = first;
    let high = last;
    if (minSamplesLeaf > 1) {
      const counts = this.#counts;
      let left = 0;
      for (low = 0; low <= last; low++) {
        left += counts[low]!;
        if (left >= minSamplesLeaf) break;
      }
      let right = count - left;
      if (low > last || right < minSamplesLeaf) return false;
      for (high = low; high < last; high++) {
        right -= counts[high + 1]!;
        if (right < minSamplesLeaf) break;
      }
    }
    return this.#scan(sums, this.#data.slots, this.#node.totals, low, high, this.best);
  }
}
