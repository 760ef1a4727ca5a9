import { MlperfError } from '@mlperf/core';
import type { FlatForest } from '../flat-forest.ts';
import { FlatForestBuilder } from '../flat-forest.ts';
import { MAX_LEAF_SHARES } from '../limits.ts';
import { type ForestJson, isLeaf, type TreeNodeJson } from './forest-json.ts';
import { doubleBelow } from './neighbour-double.ts';

/**
 * The trees of ml-random-forest's JSON as flat arrays. A row goes left there where `value < splitValue`: the same as
 * `value ≤ t` with t the next smaller double.
 *
 * @param forest - Checked by `readForest`, or just grown.
 * @throws {@link MlperfError} `TOO_LARGE` when leaves × classes would exceed the bound, before memory is taken.
 */
export function flattenForest(forest: ForestJson, classCount: number): FlatForest {
  const { estimators, indexes } = forest.baseModel;
  const leaves = estimators.reduce((sum, tree) => sum + countLeaves(tree.root), 0);
  if (leaves * classCount > MAX_LEAF_SHARES) {
    throw new MlperfError(
      'TOO_LARGE',
      `leaves × classes must be at most ${MAX_LEAF_SHARES}; got ${leaves} × ${classCount}`,
    );
  }
  const builder = new FlatForestBuilder(classCount);
  const shares = new Float64Array(classCount);
  estimators.forEach((tree, t) => {
    addNode(tree.root, indexes[t]!, shares, builder);
    builder.endTree();
  });
  return builder.build();
}

function countLeaves(node: TreeNodeJson): number {
  return isLeaf(node) ? 1 : countLeaves(node.left) + countLeaves(node.right);
}

function addNode(node: TreeNodeJson, columns: readonly number[], shares: Float64Array, into: FlatForestBuilder): void {
  if (isLeaf(node)) {
    shares.fill(0);
    shares.set(node.distribution[0]);
    into.leaf(shares);
    return;
  }
  into.split(columns[node.splitColumn]!, doubleBelow(node.splitValue));
  addNode(node.left, columns, shares, into);
  addNode(node.right, columns, shares, into);
}
