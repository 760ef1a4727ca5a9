import { type FlatForest, LEAF } from './flat-forest.ts';

/**
 * A forest laid out for reading: 16 bytes a node, the left child right after its parent, so that a row costs about one
 * cache line per level and no allocation.
 */
export interface CompiledForest {
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Threshold of node i at 2·i; shares its memory with `links`. */
  readonly thresholds: Float64Array;
  /** Column of node i at 4·i + 2, −1 in a leaf; at 4·i + 3 its right child, or where a leaf's answer starts. */
  readonly links: Int32Array;
  /** What the leaves answer: class shares, each run adding up to 1; or one mean target. */
  readonly answers: Float64Array;
  /** Numbers per answer. */
  readonly outputs: number;
}

/** Rows that walk one tree after each other: few enough that their sums stay near. */
const ROWS_PER_BLOCK = 512;

/** @param task - What the leaves' sums are: class weights, or weight and mean target. */
export function compileForest(forest: FlatForest, task: 'classification' | 'regression'): CompiledForest {
  const { nodeCounts, feature, thresholds, slots } = forest;
  const memory = new ArrayBuffer(16 * feature.length);
  const nodes = new Float64Array(memory);
  const links = new Int32Array(memory);
  const roots = new Int32Array(nodeCounts.length);
  const outputs = task === 'regression' ? 1 : slots;
  const waiting: number[] = [];
  let node = 0;
  let split = 0;
  let leaf = 0;
  for (let tree = 0; tree < nodeCounts.length; tree++) {
    roots[tree] = node;
    for (const end = node + nodeCounts[tree]!; node < end; node++) {
      const column = feature[node]!;
      links[4 * node + 2] = column;
      if (column === LEAF) {
        links[4 * node + 3] = leaf++ * outputs;
        // In preorder the node after a leaf is the right child of the split that waited least.
        const parent = waiting.pop();
        if (parent !== undefined) links[4 * parent + 3] = node + 1;
      } else {
        nodes[2 * node] = thresholds[split++]!;
        waiting.push(node);
      }
    }
  }
  return { roots, thresholds: nodes, links, answers: leafAnswers(forest, task), outputs };
}

/**
 * Adds each row's leaf answers, tree after tree, to `sums`.
 * @param values - Row-major, `columns` wide. @param sums - Shape (rows × outputs), row-major; changed in place.
 */
export function addLeafAnswers(
  forest: CompiledForest,
  values: Float64Array,
  columns: number,
  sums: Float64Array,
): void {
  const { roots, thresholds, links, answers, outputs } = forest;
  const rows = values.length / columns;
  for (let first = 0; first < rows; first += ROWS_PER_BLOCK) {
    const last = Math.min(rows, first + ROWS_PER_BLOCK);
    for (let tree = 0; tree < roots.length; tree++) {
      const root = roots[tree]!;
      for (let row = first; row < last; row++) {
        const leaf = leafOf(thresholds, links, root, values, row * columns);
        const into = row * outputs;
        for (let k = 0; k < outputs; k++) sums[into + k] = sums[into + k]! + answers[leaf + k]!;
      }
    }
  }
}

/** Where the answer of the leaf starts that the row at `start` of `values` reaches from `root`. */
export function leafOf(
  thresholds: Float64Array,
  links: Int32Array,
  root: number,
  values: Float64Array,
  start: number,
): number {
  let node = root;
  let column = links[4 * node + 2]!;
  while (column !== LEAF) {
    node = values[start + column]! <= thresholds[2 * node]! ? node + 1 : links[4 * node + 3]!;
    column = links[4 * node + 2]!;
  }
  return links[4 * node + 3]!;
}

function leafAnswers({ leafSums, slots }: FlatForest, task: 'classification' | 'regression'): Float64Array {
  const leaves = leafSums.length / slots;
  if (task === 'regression') return Float64Array.from({ length: leaves }, (_, leaf) => leafSums[leaf * slots + 1]!);
  const shares = new Float64Array(leafSums.length);
  for (let at = 0; at < leafSums.length; at += slots) {
    let total = 0;
    for (let k = 0; k < slots; k++) total += leafSums[at + k]!;
    for (let k = 0; k < slots; k++) shares[at + k] = leafSums[at + k]! / total;
  }
  return shares;
}
