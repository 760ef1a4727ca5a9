import { MlperfError } from '@mlperf/core';
import { type ForestJson, isLeaf, type TreeNodeJson } from './forest-json.ts';
import { MAX_LEAF_SHARES } from './limits.ts';

/**
 * A forest as flat arrays, so that a row costs a few array reads per level and no allocation.
 * Node i splits on column `feature[i]` at `threshold[i]`; `feature[i] = −1` marks a leaf, whose class shares start
 * at `shares[left[i]]`.
 */
export interface CompiledForest {
  /** First node of each tree. */
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Class shares of the leaves, each run of `classCount` adding up to 1. */
  readonly shares: Float64Array;
  readonly classCount: number;
}

const LEAF = -1;

/**
 * @param forest - Checked by `readForest`, or just grown.
 * @throws {@link MlperfError} `TOO_LARGE` when leaves × classes would exceed the bound, before memory is taken.
 */
export function compileForest(forest: ForestJson, classCount: number): CompiledForest {
  const { estimators, indexes } = forest.baseModel;
  const counts = { nodes: 0, leaves: 0 };
  for (const tree of estimators) countNodes(tree.root, counts);
  if (counts.leaves * classCount > MAX_LEAF_SHARES) {
    throw new MlperfError(
      'TOO_LARGE',
      `leaves × classes must be at most ${MAX_LEAF_SHARES}; got ${counts.leaves} × ${classCount}`,
    );
  }
  const compiled: CompiledForest = {
    roots: new Int32Array(estimators.length),
    feature: new Int32Array(counts.nodes),
    threshold: new Float64Array(counts.nodes),
    left: new Int32Array(counts.nodes),
    right: new Int32Array(counts.nodes),
    shares: new Float64Array(counts.leaves * classCount),
    classCount,
  };
  const next = { node: 0, share: 0 };
  estimators.forEach((tree, t) => {
    compiled.roots[t] = place(tree.root, indexes[t]!, compiled, next);
  });
  return compiled;
}

/**
 * Adds each row's leaf class shares, tree after tree, to `sums`.
 * @param values - Row-major, `columns` wide. @param sums - Shape (rows × classes), row-major; changed in place.
 */
export function addLeafShares(forest: CompiledForest, values: Float64Array, columns: number, sums: Float64Array): void {
  const { roots, feature, threshold, left, right, shares, classCount } = forest;
  const rows = values.length / columns;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const into = row * classCount;
    for (let tree = 0; tree < roots.length; tree++) {
      let node = roots[tree]!;
      let column = feature[node]!;
      while (column !== LEAF) {
        node = values[start + column]! < threshold[node]! ? left[node]! : right[node]!;
        column = feature[node]!;
      }
      const leaf = left[node]!;
      for (let k = 0; k < classCount; k++) sums[into + k] = sums[into + k]! + shares[leaf + k]!;
    }
  }
}

function countNodes(node: TreeNodeJson, counts: { nodes: number; leaves: number }): void {
  counts.nodes++;
  if (isLeaf(node)) {
    counts.leaves++;
    return;
  }
  countNodes(node.left, counts);
  countNodes(node.right, counts);
}

function place(
  node: TreeNodeJson,
  columns: readonly number[],
  into: CompiledForest,
  next: { node: number; share: number },
): number {
  const at = next.node++;
  if (isLeaf(node)) {
    const shares = node.distribution[0];
    // Rounding in ml-cart leaves the sum an ulp or so away from 1; a confidence above 1 would be refused later.
    const total = shares.reduce((sum, share) => sum + share, 0);
    into.feature[at] = LEAF;
    into.left[at] = next.share;
    shares.forEach((share, k) => {
      into.shares[next.share + k] = share / total;
    });
    next.share += into.classCount;
    return at;
  }
  into.feature[at] = columns[node.splitColumn]!;
  into.threshold[at] = node.splitValue;
  into.left[at] = place(node.left, columns, into, next);
  into.right[at] = place(node.right, columns, into, next);
  return at;
}
