import type { LeafHistograms } from './histogram-pool.ts';
import { leafGain, leafValue } from './leaf-value.ts';
import type { BinnedColumn, PackedColumns } from './packed-columns.ts';
import { RowCounts } from './row-counts.ts';
import type { LeafSums, Split } from './split.ts';

export interface SplitRules {
  readonly regAlpha: number;
  readonly regLambda: number;
  /** Least Σ Hessian of a child. */
  readonly minChildWeight: number;
  /** Least rows of a child, at least 1. */
  readonly minChildSamples: number;
  /** A split must gain more than this. */
  readonly minSplitGain: number;
}

/**
 * Rounding of sums: a gain within this share of the parent's is none, and a sum of Hessians within this share of the
 * parent's is empty.
 */
const ROUNDING = 1e-10;

/** Rows predicted with certainty have no Hessian left to divide by. As LightGBM's epsilon. */
const LEAST_HESSIANS = 1e-15;

const COLUMNS_PER_POLL = 64;

/**
 * Finds the split of a leaf with the largest gain.
 *
 *   gain = leafGain(left) + leafGain(right) − leafGain(leaf), with the values kept within the leaf's bounds
 *
 * All thresholds between bins are tried, with missing values on either side where the column has any. Of equal gains
 * the first is taken: columns in their order, bins upwards, missing values right before left. Children have at least
 * `minChildSamples` rows, counted exactly: a sum of Hessians proves most counts, the others are counted.
 */
export class SplitSearch {
  readonly #rules: SplitRules;
  readonly #counts: RowCounts;
  readonly #poll: () => void;
  /** Of the scan that ended last: gain of both children, left gradients, left Hessians. */
  readonly #found = new Float64Array(3);

  /** @param order - Row numbers, each leaf's side by side. @param poll - Called often; throws to end the work. */
  constructor(rules: SplitRules, order: Int32Array, poll: () => void) {
    this.#rules = rules;
    this.#poll = poll;
    this.#counts = new RowCounts(order);
  }

  /**
   * @param positions - The packed columns to try, ascending.
   * @param monotone - Per column of the data set: 1 when values must not fall as the feature rises, −1, or 0.
   */
  best(
    leaf: LeafSums,
    histograms: LeafHistograms,
    packed: PackedColumns,
    positions: Int32Array,
    monotone: Int8Array,
  ): Split | undefined {
    const rules = this.#rules;
    const found = this.#found;
    const own = leafGain(
      leaf.gradients,
      leaf.hessians,
      boundedValue(leaf.gradients, leaf.hessians, leaf, rules),
      rules,
    );
    let best = own + Math.max(rules.minSplitGain, ROUNDING * Math.abs(own));
    let position = -1;
    let bin = -1;
    let missingLeft = false;
    let leftGradients = 0;
    let leftHessians = 0;
    for (let p = 0; p < positions.length; p++) {
      if (p % COLUMNS_PER_POLL === 0) this.#poll();
      const at = positions[p]!;
      const column = packed.columns[at]!;
      const base = 2 * at * packed.stride;
      this.#counts.begin(leaf, column);
      // Without missing values the last bin cannot be a threshold: nothing would go right.
      const directions = column.missingBin < 0 ? 1 : 2;
      for (let direction = 0; direction < directions; direction++) {
        const threshold = this.#scan(leaf, histograms.sums, base, column, direction === 1, best, monotone);
        if (threshold < 0) continue;
        best = found[0]!;
        leftGradients = found[1]!;
        leftHessians = found[2]!;
        position = at;
        bin = threshold;
        missingLeft = direction === 1;
      }
    }
    if (position < 0) return undefined;
    return {
      position,
      bin,
      missingLeft,
      gain: best - own,
      leftGradients,
      leftHessians,
      leftValue: boundedValue(leftGradients, leftHessians, leaf, rules),
      rightValue: boundedValue(leaf.gradients - leftGradients, leaf.hessians - leftHessians, leaf, rules),
    };
  }

  /** The best threshold of one column, if its gain exceeds `best`, else −1. */
  #scan(
    leaf: LeafSums,
    sums: Float64Array,
    base: number,
    column: BinnedColumn,
    missingLeft: boolean,
    best: number,
    monotone: Int8Array,
  ): number {
    const bounded = leaf.low !== Number.NEGATIVE_INFINITY || leaf.high !== Number.POSITIVE_INFINITY;
    const direction = monotone[column.column]!;
    if (this.#rules.regAlpha > 0 || bounded || direction !== 0) {
      return this.#scanBounded(leaf, sums, base, column, missingLeft, best, direction);
    }
    return this.#scanFree(leaf, sums, base, column, missingLeft, best);
  }

  /** Without L1 and bounds the gain of a leaf is G² / (H + λ); two of them share one division, done when they win. */
  #scanFree(
    leaf: LeafSums,
    sums: Float64Array,
    base: number,
    column: BinnedColumn,
    missingLeft: boolean,
    best: number,
  ): number {
    const { regLambda } = this.#rules;
    const { gradients, hessians } = leaf;
    const least = this.#leastHessians(leaf);
    const proven = this.#provenBy(leaf);
    const missingAt = base + 2 * column.missingBin;
    let left = missingLeft ? sums[missingAt]! : 0;
    let leftWeight = missingLeft ? sums[missingAt + 1]! : 0;
    let bestBin = -1;
    let bestLeft = 0;
    let bestLeftWeight = 0;
    const end = lastThreshold(column, missingLeft);
    for (let bin = 0, at = base; bin <= end; bin++, at += 2) {
      left += sums[at]!;
      leftWeight += sums[at + 1]!;
      if (leftWeight < least) continue;
      const rightWeight = hessians - leftWeight;
      if (rightWeight < least) break;
      const right = gradients - left;
      const leftPart = leftWeight + regLambda;
      const rightPart = rightWeight + regLambda;
      const gains = left * left * rightPart + right * right * leftPart;
      const parts = leftPart * rightPart;
      if (gains > best * parts && this.#enoughRows(leaf, leftWeight, rightWeight, proven, bin, missingLeft)) {
        best = gains / parts;
        bestBin = bin;
        bestLeft = left;
        bestLeftWeight = leftWeight;
      }
    }
    return this.#keep(best, bestBin, bestLeft, bestLeftWeight);
  }

  #scanBounded(
    leaf: LeafSums,
    sums: Float64Array,
    base: number,
    column: BinnedColumn,
    missingLeft: boolean,
    best: number,
    monotone: number,
  ): number {
    const rules = this.#rules;
    const least = this.#leastHessians(leaf);
    const proven = this.#provenBy(leaf);
    const missingAt = base + 2 * column.missingBin;
    let left = missingLeft ? sums[missingAt]! : 0;
    let leftWeight = missingLeft ? sums[missingAt + 1]! : 0;
    let bestBin = -1;
    let bestLeft = 0;
    let bestLeftWeight = 0;
    const end = lastThreshold(column, missingLeft);
    for (let bin = 0, at = base; bin <= end; bin++, at += 2) {
      left += sums[at]!;
      leftWeight += sums[at + 1]!;
      if (leftWeight < least) continue;
      const rightWeight = leaf.hessians - leftWeight;
      if (rightWeight < least) break;
      const right = leaf.gradients - left;
      const leftValue = boundedValue(left, leftWeight, leaf, rules);
      const rightValue = boundedValue(right, rightWeight, leaf, rules);
      if (monotone * (rightValue - leftValue) < 0) continue;
      const gain = leafGain(left, leftWeight, leftValue, rules) + leafGain(right, rightWeight, rightValue, rules);
      if (gain > best && this.#enoughRows(leaf, leftWeight, rightWeight, proven, bin, missingLeft)) {
        best = gain;
        bestBin = bin;
        bestLeft = left;
        bestLeftWeight = leftWeight;
      }
    }
    return this.#keep(best, bestBin, bestLeft, bestLeftWeight);
  }

  #keep(gain: number, bin: number, left: number, leftWeight: number): number {
    this.#found[0] = gain;
    this.#found[1] = left;
    this.#found[2] = leftWeight;
    return bin;
  }

  #leastHessians(leaf: LeafSums): number {
    return Math.max(this.#rules.minChildWeight, ROUNDING * leaf.hessians, LEAST_HESSIANS);
  }

  /** A child of this Σ Hessian has enough rows: each of them adds at most the largest. */
  #provenBy(leaf: LeafSums): number {
    return leaf.largestHessian * this.#rules.minChildSamples * (1 + ROUNDING) + ROUNDING * leaf.hessians;
  }

  #enoughRows(
    leaf: LeafSums,
    leftWeight: number,
    rightWeight: number,
    proven: number,
    bin: number,
    missingLeft: boolean,
  ): boolean {
    if (leftWeight >= proven && rightWeight >= proven) return true;
    const rows = this.#counts.left(bin, missingLeft);
    const { minChildSamples } = this.#rules;
    return rows >= minChildSamples && leaf.to - leaf.from - rows >= minChildSamples;
  }
}

/** A missing-right split after the last value bin parts the missing values from all others. */
function lastThreshold({ valueBins, missingBin }: BinnedColumn, missingLeft: boolean): number {
  return missingBin >= 0 && !missingLeft ? valueBins - 1 : valueBins - 2;
}

function boundedValue(gradients: number, hessians: number, { low, high }: LeafSums, rules: SplitRules): number {
  const value = leafValue(gradients, hessians, rules);
  return value < low ? low : value > high ? high : value;
}
