import type { FlatForest } from '../flat-forest.ts';
import { type ForestJson, isLeaf, type TreeNodeJson } from './forest-json.ts';

/**
 * The flat trees of a JSON forest with leaf shares times the rows of the leaf. The JSON tells the rows of splits only:
 * those of a leaf are its parent's less its sibling's, or half of the parent's where both children are leaves.
 *
 * @param flat - Of the same forest; not modified.
 */
export function withCovers({ baseModel }: ForestJson, flat: FlatForest): FlatForest {
  const leafSums = Float64Array.from(flat.leafSums);
  let at = 0;
  const visit = (node: TreeNodeJson, rows: number): void => {
    if (isLeaf(node)) {
      for (const end = at + flat.slots; at < end; at++) leafSums[at] = leafSums[at]! * rows;
      return;
    }
    const { left, right, numberSamples } = node;
    visit(left, rowsOf(left, right, numberSamples));
    visit(right, rowsOf(right, left, numberSamples));
  };
  for (const { root } of baseModel.estimators) visit(root, 1);
  return { ...flat, leafSums };
}

function rowsOf(node: TreeNodeJson, sibling: TreeNodeJson, ofBoth: number): number {
  if (!isLeaf(node)) return node.numberSamples;
  return isLeaf(sibling) ? ofBoth / 2 : Math.max(1, ofBoth - sibling.numberSamples);
}
