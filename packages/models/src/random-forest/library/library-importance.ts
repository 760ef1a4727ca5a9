import { type ForestJson, isLeaf, type TreeNodeJson } from './forest-json.ts';

/**
 * Mean decrease in impurity by feature.
 *
 *   per tree:  I_f = Σ n_t · Δ_t over the nodes t that split on f;  then I_f / Σ_f I_f
 *   forest:    the mean over the trees that split at all, which sums to 1 again
 *
 * n_t is the number of training rows at the node, Δ_t the decrease of Gini impurity it achieved.
 *
 * @returns one share per column, in [0, 1], summing to 1; `undefined` when no tree has a split.
 * @remarks O(nodes). Taken on training rows, it favours features with many distinct values. ml-random-forest's own
 * `featureImportance` subtracts the gains of the children from that of the node, which is another quantity.
 * @see Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 5.3.4
 */
export function libraryImportance(forest: ForestJson, columns: number): Float64Array | undefined {
  const importance = new Float64Array(columns);
  let splitting = 0;
  forest.baseModel.estimators.forEach((tree, t) => {
    const own = new Float64Array(columns);
    addDecrease(tree.root, forest.baseModel.indexes[t]!, own);
    const total = own.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) return;
    splitting++;
    for (let column = 0; column < columns; column++) importance[column] = importance[column]! + own[column]! / total;
  });
  if (splitting === 0) return undefined;
  const total = importance.reduce((sum, value) => sum + value, 0);
  return importance.map((value) => value / total);
}

function addDecrease(node: TreeNodeJson, columns: readonly number[], into: Float64Array): void {
  if (isLeaf(node)) return;
  const column = columns[node.splitColumn]!;
  into[column] = into[column]! + node.numberSamples * node.gain;
  addDecrease(node.left, columns, into);
  addDecrease(node.right, columns, into);
}
