/** Lends arrays of one length and takes them back, so that growing a tree does not feed the garbage collector. */
export class HistogramPool {
  readonly #length: number;
  readonly #free: Float64Array[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** An array of zeros. */
  take(): Float64Array {
    return this.#free.pop()?.fill(0) ?? new Float64Array(this.#length);
  }

  give(array: Float64Array | undefined): void {
    if (array !== undefined) this.#free.push(array);
  }
}
