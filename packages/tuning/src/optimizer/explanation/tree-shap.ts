import { type FlatTree, InvalidInputError, type Matrix, type TreeStructure } from '@mlperf/core';
import { DecisionPath } from './decision-path.ts';

/** What each feature adds to each raw output of a model of trees, row by row. */
export interface ShapValues {
  /** Shape (rows × features × outputs), row-major: output o of row r is moved by feature f by `[(r · features + f) · outputs + o]`. */
  readonly values: Float64Array;
  /** The mean raw output over the training rows, length outputs: a row's values sum to its raw output less this. */
  readonly expected: Float64Array;
  readonly rows: number;
  readonly features: number;
  readonly outputs: number;
}

/**
 * Shapley values of a model of trees, exact, in time polynomial in the depth (path-dependent TreeSHAP).
 *
 *   φ_f = Σ_{S ⊆ F∖f} |S|! (m − |S| − 1)! / m! · ( E[raw | x_{S∪f}] − E[raw | x_S] ),  Σ_f φ_f = raw(x) − E[raw]
 *
 * E[raw | x_S] follows the tree where the split is on a feature of S and averages over both children, by the training
 * rows that reached them, where it is not. Values are of the raw output: log-odds for boosting, probabilities for a
 * forest (see `TreeStructure.output`).
 *
 * @param features - Rows to explain, columns as trained on; NaN is missing and goes the tree's way for it.
 * @throws {@link InvalidInputError} `LENGTH_MISMATCH` for another number of columns.
 * @remarks O(rows · leaves · depth²). Correlated features share a credit that no data can tell apart.
 * @see Lundberg et al. (2020), Nature Machine Intelligence 2:56–67, doi:10.1038/s42256-019-0138-9, algorithm 2; equal to
 * the `TreeExplainer` of the Python package shap.
 */
export function treeShap(structure: TreeStructure, features: Matrix): ShapValues {
  const count = structure.featureNames.length;
  if (features.columns !== count) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have ${count} columns, those trained on; got ${features.columns}`,
    );
  }
  const { outputs, scale, trees } = structure;
  const values = new Float64Array(features.rows * count * outputs);
  const expected = Float64Array.from(structure.base);
  const deepest = trees.reduce((most, tree) => Math.max(most, depthOf(tree)), 0);
  const path = new DecisionPath(deepest + 2);
  for (const tree of trees) {
    const mean = meanValues(tree, outputs);
    for (let o = 0; o < outputs; o++) expected[o]! += scale * mean[o]!;
    for (let row = 0; row < features.rows; row++) {
      const x = features.values.subarray(row * count, (row + 1) * count);
      const out = values.subarray(row * count * outputs, (row + 1) * count * outputs);
      explainTree(tree, x, outputs, scale, out, path);
    }
  }
  return { values, expected, rows: features.rows, features: count, outputs };
}

/** Adds what one tree says of one row. */
function explainTree(
  tree: FlatTree,
  x: Float64Array,
  outputs: number,
  scale: number,
  out: Float64Array,
  path: DecisionPath,
): void {
  const visit = (node: number, depth: number, zeroShare: number, oneShare: number, feature: number): void => {
    path.enter(depth);
    path.extend(depth, zeroShare, oneShare, feature);
    const split = tree.feature[node]!;
    if (split < 0) {
      for (let i = 1; i < path.length(depth); i++) {
        const weight = path.unwoundSum(depth, i) * (path.oneShare(depth, i) - path.zeroShare(depth, i)) * scale;
        const at = path.feature(depth, i) * outputs;
        for (let o = 0; o < outputs; o++) out[at + o]! += weight * tree.values[node * outputs + o]!;
      }
      return;
    }
    const value = x[split]!;
    const goesLeft = Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= tree.threshold[node]!;
    const hot = goesLeft ? tree.left[node]! : tree.right[node]!;
    const cold = goesLeft ? tree.right[node]! : tree.left[node]!;
    // A feature met before is taken out and comes in again with both of its splits.
    const earlier = path.find(depth, split);
    let zero = 1;
    let one = 1;
    if (earlier > 0) {
      zero = path.zeroShare(depth, earlier);
      one = path.oneShare(depth, earlier);
      path.unwind(depth, earlier);
    }
    const cover = tree.cover[node]!;
    visit(hot, depth + 1, (zero * tree.cover[hot]!) / cover, one, split);
    visit(cold, depth + 1, (zero * tree.cover[cold]!) / cover, 0, split);
  };
  visit(0, 0, 1, 1, -1);
}

/** The mean of the leaves, by the training rows that reached them. */
function meanValues(tree: FlatTree, outputs: number): Float64Array {
  const mean = new Float64Array(outputs);
  const root = tree.cover[0]!;
  const share = new Float64Array(tree.feature.length);
  share[0] = 1;
  tree.feature.forEach((split, node) => {
    if (split < 0) {
      for (let o = 0; o < outputs; o++) mean[o]! += share[node]! * tree.values[node * outputs + o]!;
      return;
    }
    const cover = node === 0 ? root : tree.cover[node]!;
    for (const child of [tree.left[node]!, tree.right[node]!]) {
      share[child] = (share[node]! * tree.cover[child]!) / cover;
    }
  });
  return mean;
}

function depthOf(tree: FlatTree): number {
  const depths = new Int32Array(tree.feature.length);
  let deepest = 0;
  // Children have higher numbers than their parent.
  tree.feature.forEach((split, node) => {
    deepest = Math.max(deepest, depths[node]!);
    if (split < 0) return;
    depths[tree.left[node]!] = depths[node]! + 1;
    depths[tree.right[node]!] = depths[node]! + 1;
  });
  return deepest;
}
