import { type BoostedTrees, LEAF } from './boosted-trees.ts';

/**
 * Share of each feature in the gain of all splits.
 *
 *   I_f = Σ gain of the nodes that split on f, over all trees;  then I_f / Σ_f I_f
 *
 * @returns one share per column, in [0, 1], summing to 1; `undefined` when no tree has a split.
 * @remarks O(nodes). LightGBM's `importance_type='gain'`, divided by its sum.
 */
export function gainImportance({ feature, gain }: BoostedTrees, columns: number): Float64Array | undefined {
  const shares = new Float64Array(columns);
  let total = 0;
  for (let node = 0; node < feature.length; node++) {
    const column = feature[node]!;
    if (column === LEAF) continue;
    shares[column] = shares[column]! + gain[node]!;
    total += gain[node]!;
  }
  if (!(total > 0)) return undefined;
  return shares.map((share) => share / total);
}
