import type { GrowthData } from './growth-data.ts';

/**
 * The rows of the tree being grown, parted in place as nodes split, and the weights and targets of one node's rows in
 * a row each: read once from wherever the rows lie, then again and again for every column tried.
 */
export class NodeRows {
  /** Row numbers; those of a node lie side by side. */
  readonly rows: Int32Array;
  /** By place within the node gathered last: the class, and the weight. */
  readonly slotOf: Int32Array;
  readonly weightOf: Float64Array;
  /** By place: weight times target; empty for classes. */
  readonly targetOf: Float64Array;
  /** Over the node: the weight of each class; or weight and weighted target. */
  readonly totals: Float64Array;
  /** Total weight of the node. */
  weight = 0;
  /** Whether all rows of the node have one class or one target. */
  pure = false;
  readonly #data: GrowthData;
  readonly #multiplicity: Uint16Array;
  readonly #right: Int32Array;

  constructor(data: GrowthData) {
    const { rows } = data.binned;
    this.#data = data;
    this.rows = new Int32Array(rows);
    this.slotOf = new Int32Array(data.labels === undefined ? 0 : rows);
    this.weightOf = new Float64Array(rows);
    this.targetOf = new Float64Array(data.labels === undefined ? rows : 0);
    this.totals = new Float64Array(data.slots);
    this.#multiplicity = new Uint16Array(rows);
    this.#right = new Int32Array(rows);
  }

  /** Takes the rows drawn at least once, in order. @returns how many. */
  begin(multiplicity: Uint16Array): number {
    this.#multiplicity.set(multiplicity);
    let count = 0;
    for (let row = 0; row < multiplicity.length; row++) if (multiplicity[row]! > 0) this.rows[count++] = row;
    return count;
  }

  gather(start: number, end: number): void {
    const { labels, targets, weights } = this.#data;
    const { rows, weightOf, totals } = this;
    const multiplicity = this.#multiplicity;
    totals.fill(0);
    if (weights === undefined) {
      for (let i = start, at = 0; i < end; i++, at++) weightOf[at] = multiplicity[rows[i]!]!;
    } else {
      for (let i = start, at = 0; i < end; i++, at++) weightOf[at] = multiplicity[rows[i]!]! * weights[rows[i]!]!;
    }
    if (labels !== undefined) this.#gatherClasses(labels, start, end - start);
    else if (targets !== undefined) this.#gatherTargets(targets, start, end - start);
  }

  /**
   * Moves the node's rows that go left before those that go right; both keep their order.
   * @param bins - The column's bins by row. @returns where the right rows start.
   */
  partByBin(start: number, end: number, bins: Uint8Array, lastLeftBin: number): number {
    const { rows } = this;
    const right = this.#right;
    let left = start;
    let moved = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      // Written to both sides and kept on one: a branch here would be mispredicted half of the time.
      const goesLeft = (bins[row]! - lastLeftBin - 1) >>> 31;
      rows[left] = row;
      right[moved] = row;
      left += goesLeft;
      moved += 1 - goesLeft;
    }
    for (let i = 0; i < moved; i++) rows[left + i] = right[i]!;
    return left;
  }

  /** As {@link partByBin}, by `value ≤ threshold`. */
  partByValue(start: number, end: number, column: number, threshold: number): number {
    const { rows } = this;
    const { values, binned } = this.#data;
    const right = this.#right;
    let left = start;
    let moved = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      if (values[row * binned.columns + column]! <= threshold) rows[left++] = row;
      else right[moved++] = row;
    }
    for (let i = 0; i < moved; i++) rows[left + i] = right[i]!;
    return left;
  }

  #gatherClasses(labels: Uint16Array, start: number, count: number): void {
    const { rows, slotOf, weightOf, totals } = this;
    for (let at = 0; at < count; at++) {
      const label = labels[rows[start + at]!]!;
      slotOf[at] = label;
      totals[label] = totals[label]! + weightOf[at]!;
    }
    this.weight = 0;
    let classes = 0;
    for (let k = 0; k < totals.length; k++) {
      if (totals[k]! > 0) classes++;
      this.weight += totals[k]!;
    }
    this.pure = classes < 2;
  }

  #gatherTargets(targets: Float64Array, start: number, count: number): void {
    const { rows, targetOf, weightOf, totals } = this;
    const first = targets[rows[start]!]!;
    let pure = true;
    let weight = 0;
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const target = targets[rows[start + at]!]!;
      const weighted = weightOf[at]! * target;
      if (target !== first) pure = false;
      targetOf[at] = weighted;
      weight += weightOf[at]!;
      sum += weighted;
    }
    totals[0] = weight;
    totals[1] = sum;
    this.weight = weight;
    this.pure = pure;
  }
}
