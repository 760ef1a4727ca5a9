import { type FlatForest, LEAF } from './flat-forest.ts';

/**
 * A forest laid out for reading: 24 bytes a node, so that a row costs about one cache line per level and no
 * allocation. A leaf is its own child on both sides, so that trees of unequal depth can be walked in step. Leaves of
 * one class are one node for all trees: most leaves of a forest grown to the end are, and stay in the cache.
 */
export interface CompiledForest {
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Threshold of node i at 3·i, infinity in a leaf; shares its memory with `links`. */
  readonly thresholds: Float64Array;
  /** Of node i from 6·i + 2: column (0 in a leaf), left child, right child, and where the answer of a leaf starts. */
  readonly links: Int32Array;
  /** What the leaves answer: class shares, each run adding up to 1; one vote; or one mean target. */
  readonly answers: Float64Array;
  /** Numbers per answer. */
  readonly outputs: number;
}

/** How the trees of a classification add up: by the class shares of their leaves, or by one vote each. */
export type Voting = 'soft' | 'hard';

export interface CompileOptions {
  /** What the leaves' sums are: class weights, or weight and mean target. */
  readonly task: 'classification' | 'regression';
  /** `soft`, the default: a leaf answers its class shares. `hard`: 1 for its largest class, the first of equals. */
  readonly voting?: Voting;
  /** Called once per tree; may throw. */
  readonly poll?: () => void;
}

/** Rows that walk one tree after each other: few enough that their sums stay near. */
const ROWS_PER_BLOCK = 512;

/** Trees walked in step. */
const IN_STEP = 8;

export function compileForest(forest: FlatForest, { task, voting = 'soft', poll }: CompileOptions): CompiledForest {
  const { nodeCounts, feature, thresholds, slots } = forest;
  const classes = task === 'regression' ? 0 : slots;
  const winners = classes === 0 ? new Int32Array(0) : winnersOf(forest, voting);
  const outputs = task === 'regression' ? 1 : slots;
  const ownLeaves = classes === 0 ? feature.length - thresholds.length : winners.filter((own) => own < 0).length;
  const nodes = classes + thresholds.length + ownLeaves;
  const memory = new ArrayBuffer(24 * nodes);
  const values = new Float64Array(memory);
  const links = new Int32Array(memory);
  const answers = new Float64Array((classes + ownLeaves) * outputs);
  const roots = new Int32Array(nodeCounts.length);
  let free = 0;
  let answered = 0;
  const addLeaf = (): number => {
    values[3 * free] = Number.POSITIVE_INFINITY;
    links[6 * free + 3] = free;
    links[6 * free + 4] = free;
    links[6 * free + 5] = answered++ * outputs;
    return free++;
  };
  for (let k = 0; k < classes; k++) {
    answers[k * outputs + k] = 1;
    addLeaf();
  }
  // Where the number of the next node in preorder belongs: the left subtree comes first.
  const waiting: number[] = [];
  let split = 0;
  let leaf = 0;
  let from = 0;
  for (let tree = 0; tree < nodeCounts.length; tree++) {
    poll?.();
    for (const end = from + nodeCounts[tree]!; from < end; from++) {
      const parent = waiting.pop();
      const column = feature[from]!;
      let node = free;
      if (column === LEAF) {
        const winner = winners[leaf] ?? -1;
        if (winner >= 0) node = winner;
        else writeAnswer(forest, leaf, answers, links[6 * addLeaf() + 5]!, outputs);
        leaf++;
      } else {
        free++;
        values[3 * node] = thresholds[split++]!;
        links[6 * node + 2] = column;
        waiting.push(6 * node + 4, 6 * node + 3);
      }
      if (parent === undefined) roots[tree] = node;
      else links[parent] = node;
    }
  }
  return { roots, thresholds: values, links, answers, outputs };
}

/**
 * Adds each row's leaf answers, tree after tree, to `sums`.
 * @param values - Row-major, `columns` wide. @param sums - Shape (rows × outputs), row-major; changed in place.
 * @param poll - Called every few hundred rows; may throw.
 */
export function addLeafAnswers(
  forest: CompiledForest,
  values: Float64Array,
  columns: number,
  sums: Float64Array,
  poll?: () => void,
): void {
  const trees = forest.roots.length;
  const inStep = trees - (trees % IN_STEP);
  const rows = values.length / columns;
  for (let first = 0; first < rows; first += ROWS_PER_BLOCK) {
    poll?.();
    const last = Math.min(rows, first + ROWS_PER_BLOCK);
    for (let tree = 0; tree < inStep; tree += IN_STEP) {
      for (let row = first; row < last; row++) addEightTrees(forest, tree, values, row * columns, sums, row);
    }
    for (let tree = inStep; tree < trees; tree++) {
      for (let row = first; row < last; row++) {
        addAnswer(forest, leafOf(forest, forest.roots[tree]!, values, row * columns), sums, row);
      }
    }
  }
}

/** Eight trees in step: while one waits for memory the others go on. */
function addEightTrees(
  forest: CompiledForest,
  tree: number,
  values: Float64Array,
  start: number,
  sums: Float64Array,
  row: number,
): void {
  const { roots, thresholds, links } = forest;
  let a = roots[tree]!;
  let b = roots[tree + 1]!;
  let c = roots[tree + 2]!;
  let d = roots[tree + 3]!;
  let e = roots[tree + 4]!;
  let f = roots[tree + 5]!;
  let g = roots[tree + 6]!;
  let h = roots[tree + 7]!;
  let moved = 1;
  while (moved !== 0) {
    // The comparison as a number rather than a branch: which way a row goes cannot be foretold.
    const nextA = links[6 * a + 3 + Number(values[start + links[6 * a + 2]!]! > thresholds[3 * a]!)]!;
    const nextB = links[6 * b + 3 + Number(values[start + links[6 * b + 2]!]! > thresholds[3 * b]!)]!;
    const nextC = links[6 * c + 3 + Number(values[start + links[6 * c + 2]!]! > thresholds[3 * c]!)]!;
    const nextD = links[6 * d + 3 + Number(values[start + links[6 * d + 2]!]! > thresholds[3 * d]!)]!;
    const nextE = links[6 * e + 3 + Number(values[start + links[6 * e + 2]!]! > thresholds[3 * e]!)]!;
    const nextF = links[6 * f + 3 + Number(values[start + links[6 * f + 2]!]! > thresholds[3 * f]!)]!;
    const nextG = links[6 * g + 3 + Number(values[start + links[6 * g + 2]!]! > thresholds[3 * g]!)]!;
    const nextH = links[6 * h + 3 + Number(values[start + links[6 * h + 2]!]! > thresholds[3 * h]!)]!;
    moved =
      (nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d) | (nextE ^ e) | (nextF ^ f) | (nextG ^ g) | (nextH ^ h);
    a = nextA;
    b = nextB;
    c = nextC;
    d = nextD;
    e = nextE;
    f = nextF;
    g = nextG;
    h = nextH;
  }
  addAnswer(forest, links[6 * a + 5]!, sums, row);
  addAnswer(forest, links[6 * b + 5]!, sums, row);
  addAnswer(forest, links[6 * c + 5]!, sums, row);
  addAnswer(forest, links[6 * d + 5]!, sums, row);
  addAnswer(forest, links[6 * e + 5]!, sums, row);
  addAnswer(forest, links[6 * f + 5]!, sums, row);
  addAnswer(forest, links[6 * g + 5]!, sums, row);
  addAnswer(forest, links[6 * h + 5]!, sums, row);
}

function addAnswer({ answers, outputs }: CompiledForest, from: number, sums: Float64Array, row: number): void {
  const into = row * outputs;
  for (let k = 0; k < outputs; k++) sums[into + k] = sums[into + k]! + answers[from + k]!;
}

/** Where the answer of the leaf starts that the row at `start` of `values` reaches from `root`. */
export function leafOf(forest: CompiledForest, root: number, values: Float64Array, start: number): number {
  const { thresholds, links } = forest;
  let node = root;
  for (;;) {
    const at = 6 * node;
    const next = values[start + links[at + 2]!]! > thresholds[3 * node]! ? links[at + 4]! : links[at + 3]!;
    if (next === node) return links[at + 5]!;
    node = next;
  }
}

/** By leaf: the one class it answers, or −1 where its answer is shares of several. */
function winnersOf({ leafSums, slots }: FlatForest, voting: Voting): Int32Array {
  const winners = new Int32Array(leafSums.length / slots);
  for (let leaf = 0; leaf < winners.length; leaf++) {
    const at = leaf * slots;
    let best = 0;
    let present = 0;
    for (let k = 0; k < slots; k++) {
      if (leafSums[at + k]! > 0) present++;
      if (leafSums[at + k]! > leafSums[at + best]!) best = k;
    }
    winners[leaf] = voting === 'hard' || present === 1 ? best : -1;
  }
  return winners;
}

function writeAnswer(
  { leafSums, slots }: FlatForest,
  leaf: number,
  answers: Float64Array,
  into: number,
  outputs: number,
): void {
  const at = leaf * slots;
  if (outputs === 1) {
    answers[into] = leafSums[at + 1]!;
    return;
  }
  let total = 0;
  for (let k = 0; k < slots; k++) total += leafSums[at + k]!;
  for (let k = 0; k < slots; k++) answers[into + k] = leafSums[at + k]! / total;
}
