import { type BoostedTrees, emptyTrees, LEAF, resizeTrees } from './boosted-trees.ts';

/** Trees that grow one after the other, node by node. */
export class TreeList {
  #room: BoostedTrees = emptyTrees(64, 4096);
  #trees = 0;
  #nodes = 0;

  get trees(): number {
    return this.#trees;
  }

  get nodes(): number {
    return this.#nodes;
  }

  /** Begins a tree: the next leaf is its root. */
  beginTree(): void {
    if (this.#trees === this.#room.roots.length) {
      this.#room = resizeTrees(this.#room, 2 * this.#trees, this.#room.feature.length);
    }
    this.#room.roots[this.#trees++] = this.#nodes;
  }

  /** @returns the new node. */
  addLeaf(value: number): number {
    const node = this.#nodes++;
    if (node === this.#room.feature.length) this.#room = resizeTrees(this.#room, this.#room.roots.length, 2 * node);
    const room = this.#room;
    room.feature[node] = LEAF;
    room.value[node] = value;
    return node;
  }

  /** Makes a leaf an inner node. */
  split(
    node: number,
    by: {
      readonly feature: number;
      readonly threshold: number;
      readonly missingLeft: boolean;
      readonly gain: number;
      readonly left: number;
      readonly right: number;
    },
  ): void {
    const room = this.#room;
    room.feature[node] = by.feature;
    room.threshold[node] = by.threshold;
    room.missingLeft[node] = by.missingLeft ? 1 : 0;
    room.gain[node] = by.gain;
    room.value[node] = 0;
    room.left[node] = by.left;
    room.right[node] = by.right;
  }

  /** Ends a tree: Σ weights of the training rows of each of its leaves are known. */
  endTree(leaves: Iterable<{ readonly node: number; readonly cover: number }>): void {
    const { feature, left, right, cover, roots } = this.#room;
    for (const leaf of leaves) cover[leaf.node] = leaf.cover;
    // Children come after their parent.
    for (let node = this.#nodes - 1; node >= roots[this.#trees - 1]!; node--) {
      if (feature[node] !== LEAF) cover[node] = cover[left[node]!]! + cover[right[node]!]!;
    }
  }

  /** The first `trees` trees. */
  finish(trees: number): BoostedTrees {
    return resizeTrees(this.#room, trees, trees < this.#trees ? this.#room.roots[trees]! : this.#nodes);
  }

  /** All trees so far in arrays with room behind them; valid until the next change. */
  get growing(): BoostedTrees {
    return this.#room;
  }
}
