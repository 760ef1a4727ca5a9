import { MlperfError } from '@mlperf/core';
import { type FlatForest, LEAF } from './flat-forest.ts';
import { MAX_LEAF_SHARES, MAX_TREE_DEPTH, MAX_TREE_NODES, MAX_TREES } from './limits.ts';
import { refusedModel } from './raw-value.ts';

/** How many of what the bytes hold: known, and checked, before memory is taken. */
export interface ForestCounts {
  readonly trees: number;
  readonly nodes: number;
  readonly leaves: number;
  readonly slots: number;
  /** Of each number in a leaf: 4 where all are whole. */
  readonly leafBytes: 4 | 8;
}

export function countsOf({ nodeCounts, feature, thresholds, leafSums, slots }: FlatForest): ForestCounts {
  const leafBytes = leafSums instanceof Uint32Array ? 4 : 8;
  return {
    trees: nodeCounts.length,
    nodes: feature.length,
    leaves: feature.length - thresholds.length,
    slots,
    leafBytes,
  };
}

/** Bytes of a forest of these counts. */
export function forestBytes({ trees, nodes, leaves, slots, leafBytes }: ForestCounts): number {
  return 4 * trees + 4 * nodes + 8 * (nodes - leaves) + leafBytes * leaves * slots;
}

/**
 * Node counts (u32 each), columns (i32, −1 in a leaf), thresholds of the splits (f64), sums of the leaves (f64, or u32
 * where all are whole numbers); all in preorder and little-endian, without padding.
 */
export function writeForest(forest: FlatForest, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const count of forest.nodeCounts) {
    view.setUint32(at, count, true);
    at += 4;
  }
  for (const column of forest.feature) {
    view.setInt32(at, column, true);
    at += 4;
  }
  for (const value of forest.thresholds) {
    view.setFloat64(at, value, true);
    at += 8;
  }
  const { leafSums } = forest;
  if (leafSums instanceof Uint32Array) {
    for (let i = 0; i < leafSums.length; i++, at += 4) view.setUint32(at, leafSums[i]!, true);
  } else {
    for (let i = 0; i < leafSums.length; i++, at += 8) view.setFloat64(at, leafSums[i]!, true);
  }
}

/**
 * @throws {@link MlperfError} `TOO_LARGE` for more trees, nodes or leaf numbers than a bounded machine should hold;
 * `MODEL_FORMAT` for counts that contradict the bytes. Nothing is allocated before.
 */
export function requireCounts(counts: ForestCounts, bytes: number): void {
  const { trees, nodes, leaves, slots } = counts;
  if (trees > MAX_TREES || nodes > MAX_TREE_NODES || leaves * slots > MAX_LEAF_SHARES) {
    throw new MlperfError(
      'TOO_LARGE',
      `a forest may have at most ${MAX_TREES} trees, ${MAX_TREE_NODES} nodes and ${MAX_LEAF_SHARES} numbers in its leaves; got ${trees}, ${nodes} and ${leaves} × ${slots}`,
    );
  }
  // A tree with s splits has s + 1 leaves.
  if (trees < 1 || 2 * leaves !== nodes + trees) {
    throw refusedModel('forest', `of ${trees} trees and ${nodes} nodes cannot have ${leaves} leaves`);
  }
  if (forestBytes(counts) !== bytes) {
    throw refusedModel('forest', `of ${nodes} nodes must have ${forestBytes(counts)} bytes; got ${bytes}`);
  }
}

/**
 * @param counts - Checked by {@link requireCounts}. @param columns - Of the features.
 * @throws {@link MlperfError} `MODEL_FORMAT` | `TOO_LARGE` for bytes that are no forest.
 */
export function readFlatForest(
  bytes: Uint8Array,
  counts: ForestCounts,
  columns: number,
  task: 'classification' | 'regression',
): FlatForest {
  const { trees, nodes, leaves, slots, leafBytes } = counts;
  const leafSums = leafBytes === 4 ? new Uint32Array(leaves * slots) : new Float64Array(leaves * slots);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const forest: FlatForest = {
    nodeCounts: new Int32Array(trees),
    feature: new Int32Array(nodes),
    thresholds: new Float64Array(nodes - leaves),
    leafSums,
    slots,
  };
  let at = 0;
  for (let tree = 0; tree < trees; tree++, at += 4) forest.nodeCounts[tree] = view.getUint32(at, true);
  for (let node = 0; node < nodes; node++, at += 4) forest.feature[node] = view.getInt32(at, true);
  const { thresholds } = forest;
  for (let i = 0; i < thresholds.length; i++, at += 8) thresholds[i] = view.getFloat64(at, true);
  for (let i = 0; i < leafSums.length; i++, at += leafBytes) {
    leafSums[i] = leafBytes === 4 ? view.getUint32(at, true) : view.getFloat64(at, true);
  }
  requireTrees(forest, columns);
  requireFinite(forest.thresholds, 'thresholds');
  requireLeaves(forest, task);
  return forest;
}

/** Each tree must end exactly where its count says: then every child exists and no walk can leave the tree. */
function requireTrees({ nodeCounts, feature }: FlatForest, columns: number): void {
  const depths: number[] = [];
  let node = 0;
  for (let tree = 0; tree < nodeCounts.length; tree++) {
    const end = node + nodeCounts[tree]!;
    if (end > feature.length) throw refusedModel(`tree ${tree}`, `must end within the ${feature.length} nodes`);
    depths.length = 0;
    depths.push(0);
    for (; node < end; node++) {
      const depth = depths.pop();
      const column = feature[node]!;
      if (depth === undefined) throw refusedModel(`tree ${tree}`, 'must have no node after its last leaf');
      if (column < LEAF || column >= columns) {
        throw refusedModel(`node ${node}`, `must split on a column from 0 to ${columns - 1}; got ${column}`);
      }
      if (column === LEAF) continue;
      if (depth >= MAX_TREE_DEPTH) {
        throw new MlperfError(
          'TOO_LARGE',
          `a tree may be at most ${MAX_TREE_DEPTH} splits deep; tree ${tree} is deeper`,
        );
      }
      depths.push(depth + 1, depth + 1);
    }
    if (depths.length > 0) throw refusedModel(`tree ${tree}`, 'must end with a leaf on every branch');
  }
  if (node !== feature.length)
    throw refusedModel('forest', `must have ${node} nodes in its trees; got ${feature.length}`);
}

function requireLeaves({ leafSums, slots }: FlatForest, task: 'classification' | 'regression'): void {
  requireFinite(leafSums, 'leaves');
  for (let at = 0; at < leafSums.length; at += slots) {
    let weight = leafSums[at]!;
    if (task === 'classification') {
      weight = 0;
      for (let k = 0; k < slots; k++) {
        if (leafSums[at + k]! < 0)
          throw refusedModel('leaves', `must have weights of at least 0; got ${leafSums[at + k]}`);
        weight += leafSums[at + k]!;
      }
    }
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw refusedModel('leaves', `must have a finite weight above 0; got ${weight}`);
    }
  }
}

function requireFinite(values: Float64Array | Uint32Array, at: string): void {
  for (const value of values) if (!Number.isFinite(value)) throw refusedModel(at, `must be finite; got ${value}`);
}
