/**
 * A multiset of numbers in ascending order, for counts below a bound and quantiles of what comes and goes.
 *
 * @remarks `add` and `remove` are O(log n) to find the place and O(n) to move what lies above it; adding the largest is
 * O(log n). NaN has no place in an order: give finite numbers.
 * @example const sorted = new SortedNumbers(); sorted.add(3); sorted.add(1); sorted.countBelow(3); // 1
 */
export class SortedNumbers {
  readonly #values: number[] = [];

  get size(): number {
    return this.#values.length;
  }

  add(value: number): void {
    const last = this.#values.at(-1);
    if (last === undefined || last <= value) this.#values.push(value);
    else this.#values.splice(this.countBelow(value), 0, value);
  }

  /** Takes one of the equal values out. @returns whether there was one. */
  remove(value: number): boolean {
    const at = this.countBelow(value);
    if (this.#values[at] !== value) return false;
    this.#values.splice(at, 1);
    return true;
  }

  /** How many values are less than `bound`. */
  countBelow(bound: number): number {
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The value of a rank, 0 for the least; `undefined` beyond the last. */
  at(rank: number): number | undefined {
    return this.#values[rank];
  }

  /** The mean of the middle two for an even number; `undefined` when empty. */
  get median(): number | undefined {
    const { length } = this.#values;
    if (length === 0) return undefined;
    return (this.#values[(length - 1) >> 1]! + this.#values[length >> 1]!) / 2;
  }
}
