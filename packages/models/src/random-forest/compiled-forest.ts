import { type FlatForest, LEAF } from './flat-forest.ts';

/**
 * A forest laid out for reading: 16 bytes a node, siblings side by side, so that a row costs about one cache line per
 * level and no allocation. A leaf is its own child, so that trees of unequal depth can be walked in step.
 */
export interface CompiledForest {
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Threshold of node i at 2·i, infinity in a leaf; shares its memory with `links`. */
  readonly thresholds: Float64Array;
  /** Column of node i at 4·i + 2, 0 in a leaf; at 4·i + 3 its left child, before the right one; in a leaf itself. */
  readonly links: Int32Array;
  /** By node: where the answer of a leaf starts. */
  readonly answerAt: Int32Array;
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
  const answerAt = new Int32Array(feature.length);
  const roots = new Int32Array(nodeCounts.length);
  const outputs = task === 'regression' ? 1 : slots;
  const waiting: number[] = [];
  let free = 0;
  let split = 0;
  let leaf = 0;
  let from = 0;
  for (let tree = 0; tree < nodeCounts.length; tree++) {
    roots[tree] = free;
    waiting.push(free++);
    for (const end = from + nodeCounts[tree]!; from < end; from++) {
      const node = waiting.pop() ?? 0;
      const column = feature[from]!;
      if (column === LEAF) {
        nodes[2 * node] = Number.POSITIVE_INFINITY;
        links[4 * node + 3] = node;
        answerAt[node] = leaf++ * outputs;
        continue;
      }
      nodes[2 * node] = thresholds[split++]!;
      links[4 * node + 2] = column;
      links[4 * node + 3] = free;
      // The left subtree comes first in preorder.
      waiting.push(free + 1, free);
      free += 2;
    }
  }
  return { roots, thresholds: nodes, links, answerAt, answers: leafAnswers(forest, task), outputs };
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
  const trees = forest.roots.length;
  const inStep = trees - (trees % 4);
  const rows = values.length / columns;
  for (let first = 0; first < rows; first += ROWS_PER_BLOCK) {
    const last = Math.min(rows, first + ROWS_PER_BLOCK);
    for (let tree = 0; tree < inStep; tree += 4) {
      for (let row = first; row < last; row++) addFourTrees(forest, tree, values, row * columns, sums, row);
    }
    for (let tree = inStep; tree < trees; tree++) {
      for (let row = first; row < last; row++) {
        addAnswer(forest, leafOf(forest, forest.roots[tree]!, values, row * columns), sums, row);
      }
    }
  }
}

/** Four trees in step: while one waits for memory the others go on. */
function addFourTrees(
  forest: CompiledForest,
  tree: number,
  values: Float64Array,
  start: number,
  sums: Float64Array,
  row: number,
): void {
  const { roots, thresholds, links, answerAt } = forest;
  let a = roots[tree]!;
  let b = roots[tree + 1]!;
  let c = roots[tree + 2]!;
  let d = roots[tree + 3]!;
  let moved = 1;
  while (moved !== 0) {
    // The comparison as a number rather than a branch: which way a row goes cannot be foretold.
    const nextA = links[4 * a + 3]! + Number(values[start + links[4 * a + 2]!]! > thresholds[2 * a]!);
    const nextB = links[4 * b + 3]! + Number(values[start + links[4 * b + 2]!]! > thresholds[2 * b]!);
    const nextC = links[4 * c + 3]! + Number(values[start + links[4 * c + 2]!]! > thresholds[2 * c]!);
    const nextD = links[4 * d + 3]! + Number(values[start + links[4 * d + 2]!]! > thresholds[2 * d]!);
    moved = (nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d);
    a = nextA;
    b = nextB;
    c = nextC;
    d = nextD;
  }
  addAnswer(forest, answerAt[a]!, sums, row);
  addAnswer(forest, answerAt[b]!, sums, row);
  addAnswer(forest, answerAt[c]!, sums, row);
  addAnswer(forest, answerAt[d]!, sums, row);
}

function addAnswer({ answers, outputs }: CompiledForest, from: number, sums: Float64Array, row: number): void {
  const into = row * outputs;
  for (let k = 0; k < outputs; k++) sums[into + k] = sums[into + k]! + answers[from + k]!;
}

/** Where the answer of the leaf starts that the row at `start` of `values` reaches from `root`. */
export function leafOf(forest: CompiledForest, root: number, values: Float64Array, start: number): number {
  const { thresholds, links, answerAt } = forest;
  let node = root;
  for (;;) {
    const left = links[4 * node + 3]!;
    if (left === node) return answerAt[node]!;
    node = values[start + links[4 * node + 2]!]! > thresholds[2 * node]! ? left + 1 : left;
  }
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
