/**
 * The features on the way from the root to a node, and for every number of them that is known the weight of all such
 * subsets. Each depth has a stretch of its own, so that a branch leaves its parent's as it was.
 *
 * @see Lundberg et al. (2020), Nature Machine Intelligence 2:56–67, doi:10.1038/s42256-019-0138-9, algorithm 2
 */
export class DecisionPath {
  readonly #capacity: number;
  readonly #features: Int32Array;
  /** Share of the training rows that pass when the feature is not known. */
  readonly #zero: Float64Array;
  /** 1 when the row itself passes, else 0. */
  readonly #one: Float64Array;
  readonly #weights: Float64Array;
  readonly #lengths: Int32Array;

  /** @param capacity - The depth of the deepest tree, and two. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#features = new Int32Array(capacity * capacity);
    this.#zero = new Float64Array(capacity * capacity);
    this.#one = new Float64Array(capacity * capacity);
    this.#weights = new Float64Array(capacity * capacity);
    this.#lengths = new Int32Array(capacity);
  }

  length(depth: number): number {
    return this.#lengths[depth]!;
  }

  feature(depth: number, i: number): number {
    return this.#features[depth * this.#capacity + i]!;
  }

  zeroShare(depth: number, i: number): number {
    return this.#zero[depth * this.#capacity + i]!;
  }

  oneShare(depth: number, i: number): number {
    return this.#one[depth * this.#capacity + i]!;
  }

  /** Begins the stretch of a depth as that of the depth above. */
  enter(depth: number): void {
    if (depth === 0) {
      this.#lengths[0] = 0;
      return;
    }
    const from = (depth - 1) * this.#capacity;
    const length = this.#lengths[depth - 1]!;
    for (const part of [this.#features, this.#zero, this.#one, this.#weights]) {
      part.copyWithin(depth * this.#capacity, from, from + length);
    }
    this.#lengths[depth] = length;
  }

  /** The place of a feature on the path; 0, that of the root, for none. */
  find(depth: number, feature: number): number {
    for (let i = 1; i < this.#lengths[depth]!; i++) if (this.feature(depth, i) === feature) return i;
    return 0;
  }

  extend(depth: number, zero: number, one: number, feature: number): void {
    const at = depth * this.#capacity;
    const length = this.#lengths[depth]!;
    this.#features[at + length] = feature;
    this.#zero[at + length] = zero;
    this.#one[at + length] = one;
    this.#weights[at + length] = length === 0 ? 1 : 0;
    for (let i = length - 1; i >= 0; i--) {
      const weight = this.#weights[at + i]!;
      this.#weights[at + i + 1]! += (one * weight * (i + 1)) / (length + 1);
      this.#weights[at + i] = (zero * weight * (length - i)) / (length + 1);
    }
    this.#lengths[depth] = length + 1;
  }

  /** Undoes the extension by the feature at place i, wherever it stands. */
  unwind(depth: number, i: number): void {
    const at = depth * this.#capacity;
    const last = this.#lengths[depth]! - 1;
    const zero = this.#zero[at + i]!;
    const one = this.#one[at + i]!;
    let next = this.#weights[at + last]!;
    for (let j = last - 1; j >= 0; j--) {
      if (one !== 0) {
        const weight = this.#weights[at + j]!;
        this.#weights[at + j] = (next * (last + 1)) / ((j + 1) * one);
        next = weight - (this.#weights[at + j]! * zero * (last - j)) / (last + 1);
      } else {
        this.#weights[at + j] = (this.#weights[at + j]! * (last + 1)) / (zero * (last - j));
      }
    }
    for (const part of [this.#features, this.#zero, this.#one]) {
      part.copyWithin(at + i, at + i + 1, at + last + 1);
    }
    this.#lengths[depth] = last;
  }

  /** The sum of the weights after {@link unwind} of place i, without doing it. */
  unwoundSum(depth: number, i: number): number {
    const at = depth * this.#capacity;
    const last = this.#lengths[depth]! - 1;
    const zero = this.#zero[at + i]!;
    const one = this.#one[at + i]!;
    let next = this.#weights[at + last]!;
    let total = 0;
    for (let j = last - 1; j >= 0; j--) {
      if (one !== 0) {
        const weight = (next * (last + 1)) / ((j + 1) * one);
        total += weight;
        next = this.#weights[at + j]! - (weight * zero * (last - j)) / (last + 1);
      } else {
        total += (this.#weights[at + j]! * (last + 1)) / (zero * (last - j));
      }
    }
    return total;
  }
}
