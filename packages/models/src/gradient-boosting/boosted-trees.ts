/** `feature` of a node that is a leaf. */
export const LEAF = -1;

/**
 * Trees as flat arrays. Node i sends a row left when `x ≤ threshold[i]` for column `feature[i]`, right when it is
 * greater, and a missing value left when `missingLeft[i]` is 1.
 */
export interface BoostedTrees {
  /** First node of each tree; the trees of a round, one per output, follow each other. */
  readonly roots: Int32Array;
  /** Column, or {@link LEAF}. */
  readonly feature: Int32Array;
  /** Finite; 0 at leaves. */
  readonly threshold: Float64Array;
  /** Children; 0 at leaves. A child comes after its parent. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  /** What a leaf adds to the score, shrinkage included; 0 at inner nodes. */
  readonly value: Float64Array;
  /** Gain of an inner node's split; 0 at leaves. */
  readonly gain: Float64Array;
  /** Σ weights of the training rows that reached the node, > 0. */
  readonly cover: Float64Array;
}

/** The same trees in arrays of another size: cut off, or with zeros behind. */
export function resizeTrees(from: BoostedTrees, trees: number, nodes: number): BoostedTrees {
  const floats = (source: Float64Array) => fill(source, new Float64Array(nodes));
  const ints = (source: Int32Array, length: number) => fill(source, new Int32Array(length));
  return {
    roots: ints(from.roots, trees),
    feature: ints(from.feature, nodes),
    threshold: floats(from.threshold),
    left: ints(from.left, nodes),
    right: ints(from.right, nodes),
    missingLeft: fill(from.missingLeft, new Uint8Array(nodes)),
    value: floats(from.value),
    gain: floats(from.gain),
    cover: floats(from.cover),
  };
}

/** Trees of this many nodes, all zero. */
export function emptyTrees(trees: number, nodes: number): BoostedTrees {
  return {
    roots: new Int32Array(trees),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    value: new Float64Array(nodes),
    gain: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  };
}

function fill<T extends Float64Array | Int32Array | Uint8Array>(source: T, into: T): T {
  into.set(source.subarray(0, into.length));
  return into;
}
