import type { RandomSource } from '@mlperf/core';
import { drawWithout } from './draw-without.ts';
import { HistogramPool, type LeafHistograms, subtractHistograms } from './histogram-pool.ts';
import { HistogramBuilder } from './leaf-histograms.ts';
import type { PackedColumns } from './packed-columns.ts';
import { RowOrder } from './row-order.ts';
import type { LeafSums, Split } from './split.ts';
import { type SplitRules, SplitSearch } from './split-search.ts';
import type { TreeList } from './tree-list.ts';

export interface GrowthRules extends SplitRules {
  readonly numLeaves: number;
  /** Splits on the longest way from root to leaf; 0: as many as the leaves allow. */
  readonly maxDepth: number;
  readonly learningRate: number;
  /** Share of the tree's columns a split may use. */
  readonly colsampleBynode: number;
}

/** Memory the histograms of a tree may take, bytes. */
const HISTOGRAM_BYTES = 256 * 1024 * 1024;

/** A tree just grown: which training rows ended in which leaf. */
export interface GrownTree {
  readonly leaves: readonly GrownLeaf[];
  /** Row numbers; those of a leaf lie from its `from` up to but without its `to`. */
  readonly order: Int32Array;
}

export interface GrownLeaf {
  readonly from: number;
  readonly to: number;
  /** Shrinkage included. */
  readonly value: number;
  /** Number in the list of trees. */
  readonly node: number;
}

interface Leaf extends LeafSums {
  readonly node: number;
  readonly depth: number;
  readonly value: number;
  largestHessian: number;
  histograms: LeafHistograms | undefined;
  split: Split | undefined;
}

/**
 * Grows trees leaf by leaf: of all leaves, the one whose best split gains most is split next (best first), until
 * there are `numLeaves`.
 *
 * A histogram is built for the smaller child only; the other child's is the parent's minus that one. Where memory is
 * short the histograms of the least promising leaves are given up, and built anew when wanted.
 *
 * @remarks About rows · columns · (1 + ½ · depth) additions and leaves · columns · bins gains per tree.
 * @see Ke et al. (2017), LightGBM, NeurIPS 30
 */
export class TreeGrower {
  readonly #rules: GrowthRules;
  readonly #rowOrder: RowOrder;
  readonly #builder: HistogramBuilder;
  readonly #search: SplitSearch;
  readonly #monotone: Int8Array;
  readonly #thresholds: readonly Float64Array[];
  readonly #histogramBytes: number;
  #pool: HistogramPool | undefined;

  /** @param poll - Called every few milliseconds; throws to end the work. */
  constructor(
    rows: number,
    thresholds: readonly Float64Array[],
    monotone: Int8Array,
    rules: GrowthRules,
    poll: () => void,
    histogramBytes = HISTOGRAM_BYTES,
  ) {
    this.#rules = rules;
    this.#histogramBytes = histogramBytes;
    this.#thresholds = thresholds;
    this.#monotone = monotone;
    this.#rowOrder = new RowOrder(rows, poll);
    this.#builder = new HistogramBuilder(this.#rowOrder.order, poll);
    this.#search = new SplitSearch(rules, this.#rowOrder.order, poll);
  }

  /**
   * Adds one tree to `into`.
   * @param packed - The columns this tree may use; always as many.
   * @param pairs - Gradient and Hessian of each training row, interleaved.
   * @param chosen - The rows to grow on, ascending; all when absent.
   * @param random - Draws the columns of each split; unused when `colsampleBynode` is 1.
   */
  grow(
    packed: PackedColumns,
    pairs: Float64Array,
    chosen: Int32Array | undefined,
    random: RandomSource,
    into: TreeList,
  ): GrownTree {
    const { order } = this.#rowOrder;
    const count = chosen?.length ?? order.length;
    if (chosen === undefined) for (let row = 0; row < count; row++) order[row] = row;
    else order.set(chosen);
    this.#pool ??= new HistogramPool(packed, this.#histogramBytes);

    const root = this.#root(pairs, count, into);
    const leaves: Leaf[] = [root];
    if (this.#mayBeSplit(root)) {
      const histograms = this.#room(leaves);
      if (chosen === undefined) this.#builder.buildWhole(packed, pairs, histograms);
      else this.#builder.build(packed, pairs, 0, count, histograms);
      this.#evaluate(root, histograms, packed, random);
    }
    while (leaves.length < this.#rules.numLeaves) {
      const at = mostPromising(leaves);
      if (at < 0) break;
      this.#splitLeaf(leaves, at, packed, pairs, random, into);
    }
    for (const leaf of leaves) this.#giveUp(leaf);
    const { learningRate } = this.#rules;
    return {
      order,
      leaves: leaves.map(({ from, to, value, node }) => ({ from, to, value: learningRate * value, node })),
    };
  }

  #root(pairs: Float64Array, count: number, into: TreeList): Leaf {
    const { order } = this.#rowOrder;
    let gradients = 0;
    let hessians = 0;
    let largest = 0;
    for (let i = 0; i < count; i++) {
      const at = 2 * order[i]!;
      const hessian = pairs[at + 1]!;
      gradients += pairs[at]!;
      hessians += hessian;
      if (hessian > largest) largest = hessian;
    }
    into.beginTree();
    const sums = { gradients, hessians, from: 0, to: count };
    // A tree without a split says nothing, rather than move all rows by what rounding left.
    return this.#leaf(sums, 0, 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, largest, into);
  }

  #leaf(
    sums: Pick<LeafSums, 'gradients' | 'hessians' | 'from' | 'to'>,
    value: number,
    depth: number,
    low: number,
    high: number,
    largestHessian: number,
    into: TreeList,
  ): Leaf {
    const node = into.addLeaf(this.#rules.learningRate * value);
    return { ...sums, node, depth, value, low, high, largestHessian, histograms: undefined, split: undefined };
  }

  #splitLeaf(
    leaves: Leaf[],
    at: number,
    packed: PackedColumns,
    pairs: Float64Array,
    random: RandomSource,
    into: TreeList,
  ): void {
    const parent = leaves[at]!;
    const split = parent.split!;
    const column = packed.columns[split.position]!;
    const sawMissing = this.#rowOrder.anyMissing(parent.from, parent.to, column);
    const middle = this.#rowOrder.divide(parent.from, parent.to, column, split);
    const { leftGradients, leftHessians, leftValue, rightValue } = split;
    const direction = this.#monotone[column.column]!;
    // Neither child, nor any leaf below it, may pass the middle: so the whole tree keeps the direction.
    const border = (leftValue + rightValue) / 2;
    const left = this.#leaf(
      { gradients: leftGradients, hessians: leftHessians, from: parent.from, to: middle },
      leftValue,
      parent.depth + 1,
      direction < 0 ? Math.max(parent.low, border) : parent.low,
      direction > 0 ? Math.min(parent.high, border) : parent.high,
      parent.largestHessian,
      into,
    );
    const right = this.#leaf(
      {
        gradients: parent.gradients - leftGradients,
        hessians: parent.hessians - leftHessians,
        from: middle,
        to: parent.to,
      },
      rightValue,
      parent.depth + 1,
      direction > 0 ? Math.max(parent.low, border) : parent.low,
      direction < 0 ? Math.min(parent.high, border) : parent.high,
      parent.largestHessian,
      into,
    );
    into.split(parent.node, {
      feature: column.column,
      // Past the last value only missing values are left to part.
      threshold: this.#thresholds[column.column]![split.bin] ?? Number.MAX_VALUE,
      // Where training saw no missing value, one that comes later follows the crowd.
      missingLeft: sawMissing ? split.missingLeft : middle - parent.from >= parent.to - middle,
      gain: split.gain,
      left: left.node,
      right: right.node,
    });
    leaves[at] = left;
    leaves.push(right);
    if (leaves.length < this.#rules.numLeaves) this.#prepare(leaves, parent, left, right, packed, pairs, random);
    else this.#giveUp(parent);
  }

  /** Finds the best splits of two new leaves. */
  #prepare(
    leaves: readonly Leaf[],
    parent: Leaf,
    left: Leaf,
    right: Leaf,
    packed: PackedColumns,
    pairs: Float64Array,
    random: RandomSource,
  ): void {
    const leftIsSmaller = left.to - left.from <= right.to - right.from;
    const smaller = leftIsSmaller ? left : right;
    const larger = leftIsSmaller ? right : left;
    const ofParent = parent.histograms;
    const build = (leaf: Leaf): LeafHistograms => {
      const histograms = this.#room(leaves);
      leaf.largestHessian = this.#builder.build(packed, pairs, leaf.from, leaf.to, histograms);
      return histograms;
    };
    if (this.#mayBeSplit(larger)) {
      // The smaller child may be too small to be split; the larger one's histograms still come from it.
      parent.histograms = undefined;
      const ofSmaller = this.#mayBeSplit(smaller) || ofParent !== undefined ? build(smaller) : undefined;
      let ofLarger = ofParent;
      if (ofLarger !== undefined && ofSmaller !== undefined) subtractHistograms(ofLarger, ofSmaller);
      if (ofSmaller !== undefined) this.#evaluate(smaller, ofSmaller, packed, random);
      ofLarger ??= build(larger);
      this.#evaluate(larger, ofLarger, packed, random);
    } else this.#giveUp(parent);
  }

  #evaluate(leaf: Leaf, histograms: LeafHistograms, packed: PackedColumns, random: RandomSource): void {
    leaf.histograms = histograms;
    if (this.#mayBeSplit(leaf)) {
      const { colsampleBynode } = this.#rules;
      const positions = drawWithout(packed.columns.length, colsampleBynode, random);
      leaf.split = this.#search.best(leaf, histograms, packed, positions, this.#monotone);
    }
    if (leaf.split === undefined) this.#giveUp(leaf);
  }

  #mayBeSplit({ from, to, depth }: Leaf): boolean {
    const { maxDepth, minChildSamples } = this.#rules;
    return to - from >= 2 * minChildSamples && (maxDepth === 0 || depth < maxDepth);
  }

  /** Room for histograms; taken, where there is no other, from the leaf with the least promising split. */
  #room(leaves: readonly Leaf[]): LeafHistograms {
    const pool = this.#pool!;
    for (;;) {
      const room = pool.acquire();
      if (room !== undefined) return room;
      let least: Leaf | undefined;
      for (const leaf of leaves) {
        if (leaf.histograms === undefined || leaf.split === undefined) continue;
        if (least?.split === undefined || leaf.split.gain < least.split.gain) least = leaf;
      }
      this.#giveUp(least!);
    }
  }

  #giveUp(leaf: Leaf): void {
    if (leaf.histograms === undefined) return;
    this.#pool!.release(leaf.histograms);
    leaf.histograms = undefined;
  }
}

function mostPromising(leaves: readonly Leaf[]): number {
  let best = -1;
  let gain = 0;
  for (let i = 0; i < leaves.length; i++) {
    const split = leaves[i]!.split;
    if (split !== undefined && split.gain > gain) {
      gain = split.gain;
      best = i;
    }
  }
  return best;
}
