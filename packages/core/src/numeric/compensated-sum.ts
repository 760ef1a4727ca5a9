/**
 * A running sum with Neumaier's compensation: the rounding error of every addition is kept in a second double.
 * Subtracting what was added returns to the old value to about 1e-32 of the largest value in between.
 *
 * @remarks O(1) per call; finite inputs are the caller's duty.
 * @see Neumaier (1974), ZAMM 54:39–51, doi:10.1002/zamm.19740540106
 * @example const s = new CompensatedSum(); s.add(1); s.add(1e100); s.add(1); s.add(-1e100); s.value; // 2
 */
export class CompensatedSum {
  #high: number;
  #low: number;

  constructor(high = 0, low = 0) {
    this.#high = high;
    this.#low = low;
  }

  get value(): number {
    return this.#high + this.#low;
  }

  add(x: number): void {
    const sum = this.#high + x;
    this.#low += Math.abs(this.#high) >= Math.abs(x) ? this.#high - sum + x : x - sum + this.#high;
    this.#high = sum;
  }

  /** Adds another sum, its compensation included. */
  merge(other: CompensatedSum): void {
    this.add(other.#high);
    this.#low += other.#low;
  }

  /** The pair [high, low]; −0 becomes 0. */
  toJSON(): readonly [number, number] {
    return [this.#high + 0, this.#low + 0];
  }
}
