import { between, MAX_BINS } from '../../histogram/quantile-thresholds.ts';
import type { FlatForestBuilder } from '../flat-forest.ts';
import type { FastRandom } from './fast-random.ts';
import { addBins } from './group-sums.ts';
import type { GrowthData, GrowthLimits } from './growth-data.ts';
import { HistogramPool } from './histogram-pool.ts';
import { NodeRows } from './node-rows.ts';
import { SMALL_NODE, SplitSearch } from './split-search.ts';

interface PendingNode {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** Sums of every column, where they are known already. */
  readonly histogram: Float64Array | undefined;
}

/** Values read between two looks at whether to go on: about a millisecond. */
const WORK_PER_POLL = 500_000;

/** Rounding may turn a decrease of 0 into a little less. */
const ROUNDING = 1e-12;

/**
 * Grows one tree at a time, depth first and in preorder.
 *
 * A node of at most {@link SMALL_NODE} rows sorts its rows' raw values, so its split is exact; a larger one adds its
 * rows into bins. Where every column is tried at every node and weights are whole numbers, the sums of the larger
 * child are those of the parent less those of the smaller. The threshold is the middle between the largest value that
 * goes left and the smallest that goes right.
 */
export class TreeGrower {
  readonly #data: GrowthData;
  readonly #limits: GrowthLimits;
  readonly #builder: FlatForestBuilder;
  readonly #node: NodeRows;
  readonly #search: SplitSearch;
  readonly #pool: HistogramPool | undefined;
  readonly #leaf: Float64Array;
  readonly #pending: PendingNode[] = [];
  #treeWeight = 0;

  constructor(data: GrowthData, limits: GrowthLimits, builder: FlatForestBuilder) {
    const { columns } = data.binned;
    this.#data = data;
    this.#limits = limits;
    this.#builder = builder;
    this.#node = new NodeRows(data);
    this.#search = new SplitSearch(data, limits, this.#node);
    this.#leaf = new Float64Array(data.slots);
    const everyColumn = limits.splitter === 'best' && limits.features === columns;
    // A difference of sums of fractions could leave a little where nothing is.
    this.#pool =
      everyColumn && data.weights === undefined ? new HistogramPool(columns * MAX_BINS * data.slots) : undefined;
  }

  /** Begins a tree. @param multiplicity - By row: how often it was drawn; copied. */
  begin(multiplicity: Uint16Array): void {
    const count = this.#node.begin(multiplicity);
    this.#node.gather(0, count);
    this.#treeWeight = this.#node.weight;
    this.#search.begin();
    this.#pending.push({ start: 0, end: count, depth: 0, histogram: undefined });
  }

  /**
   * Grows until about `work` values were read or the tree is complete.
   * @param poll - Called about every millisecond; may throw.
   * @returns whether the tree is complete.
   */
  grow(work: number, random: FastRandom, poll: () => void): boolean {
    let done = 0;
    let polled = 0;
    while (done < work) {
      const node = this.#pending.pop();
      if (node === undefined) {
        this.#builder.endTree();
        return true;
      }
      this.#growNode(node, random, poll);
      done += (node.end - node.start) * (this.#limits.features + 4) + 100;
      if (done - polled > WORK_PER_POLL) {
        poll();
        polled = done;
      }
    }
    return false;
  }

  #growNode({ start, end, depth, histogram }: PendingNode, random: FastRandom, poll: () => void): void {
    const { maxDepth, minSamplesSplit, minSamplesLeaf, minImpurityDecrease } = this.#limits;
    const count = end - start;
    this.#node.gather(start, end);
    const mayTry = depth < maxDepth && count >= minSamplesSplit && count >= 2 * minSamplesLeaf && !this.#node.pure;
    const isSplit =
      mayTry &&
      this.#search.find(start, count, histogram, random, poll) &&
      this.#search.best.decrease >= (minImpurityDecrease - ROUNDING) * this.#treeWeight;
    if (!isSplit) {
      this.#addLeaf();
      this.#pool?.give(histogram);
      return;
    }
    const middle = this.#part(start, end);
    this.#builder.split(this.#search.best.column, this.#search.best.threshold);
    const { left, right } = this.#childHistograms(start, middle, end, histogram);
    this.#pending.push({ start: middle, end, depth: depth + 1, histogram: right });
    this.#pending.push({ start, end: middle, depth: depth + 1, histogram: left });
  }

  /** Moves the rows to their sides and settles the threshold. @returns where the right rows start. */
  #part(start: number, end: number): number {
    const { best, columnBins } = this.#search;
    if (best.bin < 0) return this.#node.partByValue(start, end, best.column, best.threshold);
    const middle = this.#node.partByBin(start, end, columnBins[best.column]!, best.bin);
    const { values, binned } = this.#data;
    const { rows } = this.#node;
    let below = Number.NEGATIVE_INFINITY;
    let above = Number.POSITIVE_INFINITY;
    for (let i = start; i < middle; i++) {
      const value = values[rows[i]! * binned.columns + best.column]!;
      if (value > below) below = value;
    }
    for (let i = middle; i < end; i++) {
      const value = values[rows[i]! * binned.columns + best.column]!;
      if (value < above) above = value;
    }
    best.threshold = between(below, above);
    return middle;
  }

  #addLeaf(): void {
    const { totals } = this.#node;
    const leaf = this.#leaf;
    leaf.set(totals);
    if (this.#data.targets !== undefined) leaf[1] = this.#data.targetMean + totals[1]! / totals[0]!;
    this.#builder.leaf(leaf);
  }

  /** Sums of the children that are large: the smaller child's by adding its rows, the larger's by difference. */
  #childHistograms(
    start: number,
    middle: number,
    end: number,
    parent: Float64Array | undefined,
  ): { readonly left: Float64Array | undefined; readonly right: Float64Array | undefined } {
    const pool = this.#pool;
    const none = { left: undefined, right: undefined };
    if (pool === undefined) return none;
    const leftIsSmaller = middle - start <= end - middle;
    const larger = Math.max(middle - start, end - middle);
    if (larger <= SMALL_NODE) {
      pool.give(parent);
      return none;
    }
    const small = pool.take();
    this.#addAll(small, leftIsSmaller ? start : middle, leftIsSmaller ? middle : end);
    const large = parent ?? pool.take();
    if (parent === undefined) {
      this.#addAll(large, leftIsSmaller ? middle : start, leftIsSmaller ? end : middle);
    } else {
      for (let i = 0; i < large.length; i++) large[i] = large[i]! - small[i]!;
    }
    if (end - start - larger <= SMALL_NODE) {
      pool.give(small);
      return leftIsSmaller ? { left: undefined, right: large } : { left: large, right: undefined };
    }
    return leftIsSmaller ? { left: small, right: large } : { left: large, right: small };
  }

  #addAll(sums: Float64Array, start: number, end: number): void {
    const { slots, binned } = this.#data;
    this.#node.gather(start, end);
    for (let column = 0; column < binned.columns; column++) {
      const from = column * MAX_BINS * slots;
      const own = sums.subarray(from, from + MAX_BINS * slots);
      addBins(own, slots, this.#search.columnBins[column]!, this.#node, start, end - start);
    }
  }
}
