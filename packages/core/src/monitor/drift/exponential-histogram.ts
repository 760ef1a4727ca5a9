import type { JsonObject } from '../../types/json.ts';
import type { StoredFields } from './detector-json.ts';

/** 2^47 values take four years at a million a second. */
const MAX_ROWS = 48;
const INITIAL_ROWS = 12;

/** A border inside the window: how many values are on either side of it, and their sums. */
export type BorderTest = (olderCount: number, olderSum: number, newerCount: number, newerSum: number) => boolean;

/**
 * A window of any length in logarithmic memory: row i has at most `maxBuckets` buckets of 2^i neighbouring values, each
 * a sum and a sum of squared deviations from its own mean. When a row has one too many, its two oldest become one
 * bucket of the next row. Only whole buckets can be dropped, the oldest first.
 *
 * @remarks Amortised O(1) per value, O(maxBuckets · log n) memory in two typed arrays, which grow by doubling.
 * @see Datar, Gionis, Indyk, Motwani (2002), SIAM Journal on Computing 31:1794–1813, doi:10.1137/S0097539701398363
 */
export class ExponentialHistogram {
  /** Values in the window. */
  width = 0;
  /** Their sum. */
  total = 0;
  /** Their sum of squared deviations from their mean. */
  deviation = 0;
  readonly #maxBuckets: number;
  /** Row i starts at i · stride, its oldest bucket first. */
  readonly #stride: number;
  #sums: Float64Array;
  #deviations: Float64Array;
  #counts: Int32Array;
  #rows = 1;

  /** @param maxBuckets - Whole, ≥ 2: with fewer, a merge would leave an empty row. */
  constructor(maxBuckets: number) {
    this.#maxBuckets = maxBuckets;
    this.#stride = maxBuckets + 1;
    this.#sums = new Float64Array(INITIAL_ROWS * this.#stride);
    this.#deviations = new Float64Array(INITIAL_ROWS * this.#stride);
    this.#counts = new Int32Array(INITIAL_ROWS);
  }

  add(x: number): void {
    const before = this.width;
    if (before > 0) {
      const step = x - this.total / before;
      this.deviation += (before * step * step) / (before + 1);
    }
    this.width = before + 1;
    this.total += x;
    const slot = this.#counts[0]!;
    this.#sums[slot] = x;
    this.#deviations[slot] = 0;
    this.#counts[0] = slot + 1;
    if (slot === this.#maxBuckets) this.#mergeFullRows();
  }

  /** Tries the borders between buckets, the oldest first, that leave `shortest` ≥ 1 values or more on either side. */
  hasBorder(shortest: number, test: BorderTest): boolean {
    let olderCount = 0;
    let olderSum = 0;
    let newerCount = this.width;
    let newerSum = this.total;
    for (let row = this.#rows - 1, size = 2 ** row; row >= 0; row--, size /= 2) {
      const start = row * this.#stride;
      const end = start + this.#counts[row]!;
      for (let slot = start; slot < end; slot++) {
        olderCount += size;
        newerCount -= size;
        if (newerCount < shortest) return false;
        olderSum += this.#sums[slot]!;
        newerSum -= this.#sums[slot]!;
        if (olderCount >= shortest && test(olderCount, olderSum, newerCount, newerSum)) return true;
      }
    }
    return false;
  }

  /** The window must hold more than one bucket. */
  dropOldest(): void {
    const row = this.#rows - 1;
    this.#removeOldest(row, 1);
    if (this.#counts[row] === 0 && row > 0) this.#rows = row;
    this.width -= 2 ** row;
    // Subtracting would leave the rounding of what is gone, which after a change of scale is all there is.
    [this.total, this.deviation] = this.#sumBuckets();
  }

  clear(): void {
    this.#counts.fill(0);
    this.#rows = 1;
    this.width = 0;
    this.total = 0;
    this.deviation = 0;
  }

  /** Buckets newest row first, the oldest bucket of each row first. */
  toJSON(): JsonObject {
    const buckets = (values: Float64Array): number[] =>
      Array.from({ length: this.#rows }, (_, row) =>
        Array.from(values.subarray(row * this.#stride, row * this.#stride + this.#counts[row]!)),
      ).flat();
    return {
      counts: Array.from(this.#counts.subarray(0, this.#rows)),
      sums: buckets(this.#sums),
      deviations: buckets(this.#deviations),
      width: this.width,
      total: this.total,
      deviation: this.deviation,
    };
  }

  /** Fills a fresh histogram. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  restore(state: StoredFields): void {
    const counts = state.numbers('counts', MAX_ROWS, 0, this.#maxBuckets);
    const sums = state.numbers('sums', MAX_ROWS * this.#maxBuckets);
    const deviations = state.numbers('deviations', MAX_ROWS * this.#maxBuckets, 0);
    this.width = state.count('width');
    this.total = state.number('total');
    this.deviation = state.number('deviation', 0);
    const isEmpty = counts.length === 1 && counts[0] === 0;
    const isWhole = counts.length > 0 && counts.every((count) => Number.isInteger(count) && count > 0);
    state.require(isEmpty || isWhole, 'counts must be whole numbers above 0');
    const held = counts.reduce((sum, count) => sum + count, 0);
    state.require(sums.length === held && deviations.length === held, 'every bucket must have a sum and a deviation');
    const width = counts.reduce((sum, count, row) => sum + count * 2 ** row, 0);
    state.require(width === this.width, 'width must be the number of values in the buckets');
    this.#place(counts, sums, deviations);
    // Running sums differ from fresh ones by rounding only; both are stored, so that resuming is exact.
    const [total, deviation] = isEmpty ? [0, 0] : this.#sumBuckets();
    const squares = isEmpty ? 0 : deviation + (total / width) * total;
    state.require(
      Math.abs(this.total - total) <= 1e-6 * Math.sqrt(width * squares) &&
        Math.abs(this.deviation - deviation) <= 1e-6 * squares,
      'total and deviation must be those of the buckets',
    );
  }

  #place(counts: readonly number[], sums: readonly number[], deviations: readonly number[]): void {
    while (this.#rows < counts.length) this.#addRow();
    let next = 0;
    for (const [row, count] of counts.entries()) {
      this.#counts[row] = count;
      for (let slot = row * this.#stride; slot < row * this.#stride + count; slot++, next++) {
        this.#sums[slot] = sums[next]!;
        this.#deviations[slot] = deviations[next]!;
      }
    }
  }

  #mergeFullRows(): void {
    // Doubled from row to row, as below: a power takes longer than the rest.
    for (let row = 0, size = 1; this.#counts[row] === this.#stride; row++, size *= 2) {
      if (row + 1 === this.#rows) this.#addRow();
      const sums = this.#sums;
      const deviations = this.#deviations;
      const from = row * this.#stride;
      const apart = sums[from]! / size - sums[from + 1]! / size;
      const to = from + this.#stride + this.#counts[row + 1]!;
      sums[to] = sums[from]! + sums[from + 1]!;
      deviations[to] = deviations[from]! + deviations[from + 1]! + size * 0.5 * apart * apart;
      this.#counts[row + 1] = this.#counts[row + 1]! + 1;
      this.#removeOldest(row, 2);
    }
  }

  #addRow(): void {
    if (this.#rows === this.#counts.length) {
      const rows = this.#rows * 2;
      this.#sums = widened(this.#sums, new Float64Array(rows * this.#stride));
      this.#deviations = widened(this.#deviations, new Float64Array(rows * this.#stride));
      this.#counts = widened(this.#counts, new Int32Array(rows));
    }
    this.#counts[this.#rows++] = 0;
  }

  #removeOldest(row: number, buckets: number): void {
    const start = row * this.#stride;
    const left = this.#counts[row]! - buckets;
    for (let slot = start; slot < start + left; slot++) {
      this.#sums[slot] = this.#sums[slot + buckets]!;
      this.#deviations[slot] = this.#deviations[slot + buckets]!;
    }
    this.#counts[row] = left;
  }

  #sumBuckets(): readonly [total: number, deviation: number] {
    let total = 0;
    for (let row = 0; row < this.#rows; row++) {
      const start = row * this.#stride;
      for (let slot = start; slot < start + this.#counts[row]!; slot++) total += this.#sums[slot]!;
    }
    const mean = total / this.width;
    let deviation = 0;
    for (let row = 0; row < this.#rows; row++) {
      const size = 2 ** row;
      const start = row * this.#stride;
      for (let slot = start; slot < start + this.#counts[row]!; slot++) {
        const apart = this.#sums[slot]! / size - mean;
        deviation += this.#deviations[slot]! + size * apart * apart;
      }
    }
    return [total, deviation];
  }
}

function widened<Values extends Float64Array | Int32Array>(values: Values, wide: Values): Values {
  wide.set(values);
  return wide;
}
