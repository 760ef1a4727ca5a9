import type { FlatTree, TreeStructure } from '@mlperf/core';
import { type BoostedTrees, LEAF } from './boosted-trees.ts';
import type { BoostingContent } from './boosting-content.ts';

/** The trees as explanations read them: the tree of output k has zeros for the other outputs. */
export function treeStructureOf({ classes, featureNames, initialScores, trees }: BoostingContent): TreeStructure {
  const outputs = initialScores.length;
  return {
    featureNames,
    classes,
    output: classes.length === 0 ? 'value' : outputs === 1 ? 'log-odds' : 'softmax',
    outputs,
    base: initialScores.slice(),
    scale: 1,
    trees: Array.from(trees.roots, (_, tree) => flatTree(trees, tree, outputs)),
  };
}

function flatTree(trees: BoostedTrees, tree: number, outputs: number): FlatTree {
  const start = trees.roots[tree]!;
  const end = trees.roots[tree + 1] ?? trees.feature.length;
  const feature = trees.feature.slice(start, end);
  const cover = trees.cover.slice(start, end);
  const child = (of: Int32Array) => of.slice(start, end).map((node, i) => (feature[i] === LEAF ? LEAF : node - start));
  const left = child(trees.left);
  const right = child(trees.right);
  const own = trees.value.slice(start, end);
  for (let node = own.length - 1; node >= 0; node--) {
    if (feature[node] === LEAF) continue;
    const [l, r] = [left[node]!, right[node]!];
    own[node] = (own[l]! * cover[l]! + own[r]! * cover[r]!) / (cover[l]! + cover[r]!);
  }
  const values = new Float64Array(own.length * outputs);
  for (let node = 0; node < own.length; node++) values[node * outputs + (tree % outputs)] = own[node]!;
  return {
    feature,
    threshold: trees.threshold.slice(start, end),
    left,
    right,
    missingLeft: trees.missingLeft.slice(start, end),
    values,
    cover,
  };
}
