import { type BoostedTrees, LEAF } from './boosted-trees.ts';

/**
 * The leaf a row ends in.
 * @param root - First node of the tree. @param values - Row-major features; NaN for a missing value.
 * @param start - Where the row begins.
 */
export function leafOf(trees: BoostedTrees, root: number, values: Float64Array, start: number): number {
  const { feature, threshold, left, right, missingLeft } = trees;
  let node = root;
  let column = feature[node]!;
  while (column !== LEAF) {
    const x = values[start + column]!;
    const border = threshold[node]!;
    // Only NaN is on neither side: it takes the learned way.
    const goesLeft = x <= border || (!(x > border) && missingLeft[node] === 1);
    node = goesLeft ? left[node]! : right[node]!;
    column = feature[node]!;
  }
  return node;
}

/** Which trees, and where their scores go: that of row r and output k to `r · stride + offset + k`. */
export interface Scoring {
  readonly fromTree: number;
  readonly toTree: number;
  /** Trees per round: tree t adds to output t mod outputs. */
  readonly outputs: number;
  readonly stride: number;
  readonly offset: number;
}

/**
 * Adds to the scores of all rows what some trees say.
 *
 * @param values - Row-major features, `columns` wide. @param scores - Changed in place.
 * @remarks A few array reads per level and no allocation.
 */
export function addScores(
  trees: BoostedTrees,
  scoring: Scoring,
  values: Float64Array,
  columns: number,
  scores: Float64Array,
): void {
  const { fromTree, toTree, outputs, stride, offset } = scoring;
  const { roots, value } = trees;
  const rows = values.length / columns;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const into = row * stride + offset;
    let output = fromTree % outputs;
    for (let tree = fromTree; tree < toTree; tree++) {
      const at = into + output;
      scores[at] = scores[at]! + value[leafOf(trees, roots[tree]!, values, start)]!;
      output = output + 1 === outputs ? 0 : output + 1;
    }
  }
}
