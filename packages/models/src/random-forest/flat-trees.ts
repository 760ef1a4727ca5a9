import type { FlatTree } from '@mlperf/core';
import { type FlatForest, LEAF } from './flat-forest.ts';
import type { Criterion } from './growth/split-scores.ts';

/** A tree with the sums of its training rows in every node. */
export interface SummedTree {
  readonly tree: FlatTree;
  /** By node: decrease of impurity of its split, times its weight; 0 in a leaf. */
  readonly decrease: Float64Array;
}

/**
 * The trees one by one, with children, weights and answers in every node: leaves' sums added up towards the root.
 *
 * @param criterion - Of the decreases.
 * @remarks O(nodes · slots) time; each tree is made when it is asked for.
 */
export function* summedTrees(forest: FlatForest, criterion: Criterion): Generator<SummedTree> {
  const { nodeCounts, feature, slots } = forest;
  const isRegression = criterion === 'squared-error';
  const outputs = isRegression ? 1 : slots;
  const next = { node: 0, split: 0, leaf: 0 };
  for (const nodes of nodeCounts) {
    const left = new Int32Array(nodes).fill(-1);
    const right = new Int32Array(nodes).fill(-1);
    const threshold = new Float64Array(nodes);
    const sums = new Float64Array(nodes * slots);
    const own = feature.slice(next.node, next.node + nodes);
    const waiting: number[] = [];
    for (let node = 0; node < nodes; node++) {
      if (own[node] !== LEAF) {
        threshold[node] = forest.thresholds[next.split++]!;
        left[node] = node + 1;
        waiting.push(node);
        continue;
      }
      const from = next.leaf++ * slots;
      for (let k = 0; k < slots; k++) sums[node * slots + k] = forest.leafSums[from + k]!;
      const parent = waiting.pop();
      if (parent !== undefined) right[parent] = node + 1;
    }
    next.node += nodes;
    const decrease = new Float64Array(nodes);
    // Children have higher numbers, so their sums are complete when their parent's turn comes.
    for (let node = nodes - 1; node >= 0; node--) {
      if (own[node] === LEAF) continue;
      addChildren(sums, slots, node, left[node]!, right[node]!, isRegression);
      decrease[node] = decreaseOf(sums, slots, node, left[node]!, right[node]!, criterion);
    }
    const values = new Float64Array(nodes * outputs);
    const cover = new Float64Array(nodes);
    for (let node = 0; node < nodes; node++) {
      cover[node] = weightOf(sums, slots, node, isRegression);
      if (isRegression) values[node] = sums[node * slots + 1]!;
      else for (let k = 0; k < slots; k++) values[node * slots + k] = sums[node * slots + k]! / cover[node]!;
    }
    const missingLeft = new Uint8Array(nodes);
    yield { tree: { feature: own, threshold, left, right, missingLeft, values, cover }, decrease };
  }
}

function addChildren(
  sums: Float64Array,
  slots: number,
  node: number,
  left: number,
  right: number,
  isRegression: boolean,
): void {
  for (let k = 0; k < slots; k++) sums[node * slots + k] = sums[left * slots + k]! + sums[right * slots + k]!;
  if (!isRegression) return;
  const a = sums[left * slots]!;
  const b = sums[right * slots]!;
  const mean = sums[left * slots + 1]!;
  sums[node * slots + 1] = mean + (b / (a + b)) * (sums[right * slots + 1]! - mean);
}

function decreaseOf(
  sums: Float64Array,
  slots: number,
  node: number,
  left: number,
  right: number,
  criterion: Criterion,
): number {
  if (criterion === 'squared-error') {
    const a = sums[left * slots]!;
    const b = sums[right * slots]!;
    return ((a * b) / (a + b)) * (sums[left * slots + 1]! - sums[right * slots + 1]!) ** 2;
  }
  const of = criterion === 'gini' ? giniTimesWeight : entropyTimesWeight;
  return Math.max(0, of(sums, slots, node) - of(sums, slots, left) - of(sums, slots, right));
}

function weightOf(sums: Float64Array, slots: number, node: number, isRegression: boolean): number {
  if (isRegression) return sums[node * slots]!;
  let weight = 0;
  for (let k = 0; k < slots; k++) weight += sums[node * slots + k]!;
  return weight;
}

/** W · (1 − Σ (wₖ/W)²). */
function giniTimesWeight(sums: Float64Array, slots: number, node: number): number {
  const weight = weightOf(sums, slots, node, false);
  let squares = 0;
  for (let k = node * slots; k < (node + 1) * slots; k++) squares += sums[k]! * sums[k]!;
  return weight - squares / weight;
}

/** −Σ wₖ · log₂(wₖ/W). */
function entropyTimesWeight(sums: Float64Array, slots: number, node: number): number {
  const weight = weightOf(sums, slots, node, false);
  let sum = 0;
  for (let k = node * slots; k < (node + 1) * slots; k++)
    if (sums[k]! > 0) sum -= sums[k]! * Math.log2(sums[k]! / weight);
  return sum;
}
