import type { FlatForest } from './flat-forest.ts';
import { summedTrees } from './flat-trees.ts';
import type { Criterion } from './growth/split-scores.ts';

/**
 * Mean decrease in impurity by feature.
 *
 *   per tree:  I_f = Σ W_t · Δ_t over the nodes t that split on f;  then I_f / Σ_f I_f
 *   forest:    the mean over the trees whose splits lower the impurity, which sums to 1 again
 *
 * W_t is the weight of the training rows at the node, Δ_t the decrease of impurity it achieved.
 *
 * @param poll - Called once per tree; may throw.
 * @returns one share per column, in [0, 1], summing to 1; `undefined` when no split lowers the impurity.
 * @remarks O(nodes). Taken on training rows, it favours features with many distinct values.
 * @see Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 5.3.4
 */
export function flatImportance(
  forest: FlatForest,
  criterion: Criterion,
  columns: number,
  poll: () => void = () => {},
): Float64Array | undefined {
  const importance = new Float64Array(columns);
  for (const { tree, decrease } of summedTrees(forest, criterion)) {
    poll();
    let total = 0;
    for (const value of decrease) total += value;
    if (!(total > 0)) continue;
    for (let node = 0; node < decrease.length; node++) {
      const column = tree.feature[node]!;
      if (column >= 0) importance[column] = importance[column]! + decrease[node]! / total;
    }
  }
  const total = importance.reduce((sum, value) => sum + value, 0);
  return total > 0 ? importance.map((value) => value / total) : undefined;
}
