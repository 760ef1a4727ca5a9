import { refusedModel } from '../random-forest/raw-value.ts';
import { type BoostedTrees, emptyTrees, LEAF } from './boosted-trees.ts';

const ROOT_BYTES = 4;
const NODE_BYTES = 4 + 8 + 4 + 4 + 1 + 8 + 8 + 8;

/** Bytes of the arrays: roots (i32); then per node, one array after the other, feature (i32), threshold (f64), left
 * (i32), right (i32), missingLeft (u8), value (f64), gain (f64), cover (f64). */
export function treeBytes(trees: number, nodes: number): number {
  return ROOT_BYTES * trees + NODE_BYTES * nodes;
}

export function writeTrees(trees: BoostedTrees, view: DataView, start: number): void {
  let at = start;
  const ints = (values: Int32Array) => {
    for (const value of values) {
      view.setInt32(at, value, true);
      at += 4;
    }
  };
  const floats = (values: Float64Array) => {
    for (const value of values) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  };
  ints(trees.roots);
  ints(trees.feature);
  floats(trees.threshold);
  ints(trees.left);
  ints(trees.right);
  for (const value of trees.missingLeft) view.setUint8(at++, value);
  floats(trees.value);
  floats(trees.gain);
  floats(trees.cover);
}

/**
 * @param view - Holds exactly {@link treeBytes} from `start` on.
 * @throws `MODEL_FORMAT` for numbers that are no trees: every walk from a root must end at a leaf of finite value.
 */
export function readTrees(trees: number, nodes: number, columns: number, view: DataView, start: number): BoostedTrees {
  const into = emptyTrees(trees, nodes);
  let at = start;
  const ints = (values: Int32Array) => {
    for (let i = 0; i < values.length; i++, at += 4) values[i] = view.getInt32(at, true);
  };
  const floats = (values: Float64Array) => {
    for (let i = 0; i < values.length; i++, at += 8) values[i] = view.getFloat64(at, true);
  };
  ints(into.roots);
  ints(into.feature);
  floats(into.threshold);
  ints(into.left);
  ints(into.right);
  for (let i = 0; i < nodes; i++) into.missingLeft[i] = view.getUint8(at++);
  floats(into.value);
  floats(into.gain);
  floats(into.cover);
  requireTrees(into, columns);
  return into;
}

function requireTrees(trees: BoostedTrees, columns: number): void {
  const { roots, feature } = trees;
  const parents = new Uint8Array(feature.length);
  roots.forEach((root, t) => {
    const end = t + 1 < roots.length ? roots[t + 1]! : feature.length;
    if ((t === 0 && root !== 0) || !(root < end) || end > feature.length) {
      throw refusedModel(`roots[${t}]`, `must begin a tree of at least one node; got ${root}, and the next at ${end}`);
    }
    for (let node = root; node < end; node++) requireNode(trees, node, end, columns, parents);
    for (let node = root + 1; node < end; node++) {
      if (parents[node] !== 1) throw refusedModel(`node ${node}`, `must have one parent; got ${parents[node]}`);
    }
    if (parents[root] !== 0) throw refusedModel(`node ${root}`, 'must have no parent, being a root');
  });
}

function requireNode(trees: BoostedTrees, node: number, end: number, columns: number, parents: Uint8Array): void {
  const { feature, threshold, left, right, missingLeft, value, gain, cover } = trees;
  const numbers = [threshold[node]!, value[node]!, gain[node]!, cover[node]!];
  const sound = numbers.every(Number.isFinite) && gain[node]! >= 0 && cover[node]! > 0 && missingLeft[node]! <= 1;
  if (!sound) throw refusedModel(`node ${node}`, `must have finite numbers, gain ≥ 0 and cover > 0; got ${numbers}`);
  const column = feature[node]!;
  if (column === LEAF) return;
  if (column < 0 || column >= columns) {
    throw refusedModel(`node ${node}`, `must split on a column from 0 to ${columns - 1}; got ${column}`);
  }
  for (const child of [left[node]!, right[node]!]) {
    if (!(child > node && child < end)) {
      throw refusedModel(`node ${node}`, `must have children after it, before ${end}; got ${child}`);
    }
    parents[child] = Math.min(2, parents[child]! + 1);
  }
}
