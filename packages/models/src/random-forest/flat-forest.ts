/**
 * The trees of a forest as they are grown and stored: every tree's nodes in preorder (a node, its left subtree, its
 * right subtree), one tree after the other. A row goes left where its value is at most the threshold.
 */
export interface FlatForest {
  /** Nodes of each tree. */
  readonly nodeCounts: Int32Array;
  /** Column of each node's split; −1 marks a leaf. */
  readonly feature: Int32Array;
  /** One per split. */
  readonly thresholds: Float64Array;
  /**
   * `slots` numbers per leaf: the training weight of each class, as whole numbers where rows count once per draw; or,
   * of a regression, weight and mean target.
   */
  readonly leafSums: Float64Array | Uint32Array;
  readonly slots: number;
}

export const LEAF = -1;

/** Collects nodes while trees grow. */
export class FlatForestBuilder {
  readonly #slots: number;
  readonly #nodeCounts: number[] = [];
  #feature = new Int32Array(1024);
  #thresholds = new Float64Array(512);
  #leafSums: Float64Array | Uint32Array;
  #nodes = 0;
  #splits = 0;
  #leaves = 0;

  /** @param leaves - Whether leaf sums are whole numbers below 2^32, which take half the memory. */
  constructor(slots: number, leaves: 'fractions' | 'counts' = 'fractions') {
    this.#slots = slots;
    this.#leafSums = leaves === 'counts' ? new Uint32Array(512 * slots) : new Float64Array(512 * slots);
  }

  get trees(): number {
    return this.#nodeCounts.length;
  }

  get bytesPerLeafSum(): 4 | 8 {
    return this.#leafSums instanceof Uint32Array ? 4 : 8;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get leaves(): number {
    return this.#leaves;
  }

  /** Adds an inner node in preorder. */
  split(feature: number, threshold: number): void {
    this.#addNode(feature);
    if (this.#splits === this.#thresholds.length) this.#thresholds = grown(this.#thresholds);
    this.#thresholds[this.#splits++] = threshold;
  }

  /** Adds a leaf in preorder. @param sums - `slots` numbers, copied. */
  leaf(sums: Float64Array): void {
    this.#addNode(LEAF);
    const at = this.#leaves++ * this.#slots;
    if (at === this.#leafSums.length) {
      this.#leafSums = this.#leafSums instanceof Uint32Array ? grownCounts(this.#leafSums) : grown(this.#leafSums);
    }
    for (let k = 0; k < this.#slots; k++) this.#leafSums[at + k] = sums[k]!;
  }

  /** Ends the tree whose nodes were just added. */
  endTree(): void {
    this.#nodeCounts.push(this.#nodes - this.#nodeCounts.reduce((sum, count) => sum + count, 0));
  }

  /** The last tree alone. */
  lastTree(): FlatForest {
    const count = this.#nodeCounts.at(-1) ?? 0;
    const feature = this.#feature.slice(this.#nodes - count, this.#nodes);
    let leaves = 0;
    for (const column of feature) if (column === LEAF) leaves++;
    return {
      nodeCounts: Int32Array.of(count),
      feature,
      thresholds: this.#thresholds.slice(this.#splits - (count - leaves), this.#splits),
      leafSums: this.#leafSums.slice((this.#leaves - leaves) * this.#slots, this.#leaves * this.#slots),
      slots: this.#slots,
    };
  }

  build(): FlatForest {
    return {
      nodeCounts: Int32Array.from(this.#nodeCounts),
      feature: this.#feature.slice(0, this.#nodes),
      thresholds: this.#thresholds.slice(0, this.#splits),
      leafSums: this.#leafSums.slice(0, this.#leaves * this.#slots),
      slots: this.#slots,
    };
  }

  #addNode(feature: number): void {
    if (this.#nodes === this.#feature.length) {
      const larger = new Int32Array(2 * this.#nodes);
      larger.set(this.#feature);
      this.#feature = larger;
    }
    this.#feature[this.#nodes++] = feature;
  }
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

function grownCounts(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * values.length);
  larger.set(values);
  return larger;
}
