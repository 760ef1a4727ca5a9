import { addToHistograms } from './histogram-kernel.ts';
import type { LeafHistograms } from './histogram-pool.ts';
import { blockWidth, type PackedColumns } from './packed-columns.ts';

const ROWS_PER_POLL = 1 << 20;

/** Builds the histograms of leaves from the gradients of their rows. */
export class HistogramBuilder {
  readonly #order: Int32Array;
  /** Gradients and Hessians of the leaf at hand in the order of its rows. */
  readonly #ordered: Float64Array;
  readonly #poll: () => void;

  /** @param order - Row numbers, each leaf's side by side. */
  constructor(order: Int32Array, poll: () => void) {
    this.#order = order;
    this.#ordered = new Float64Array(2 * order.length);
    this.#poll = poll;
  }

  /**
   * Fills `into` with the sums over the rows from `from` up to but without `to`.
   * @param pairs - Gradient and Hessian of each training row, interleaved.
   * @returns the largest Hessian among them.
   */
  build(packed: PackedColumns, pairs: Float64Array, from: number, to: number, into: LeafHistograms): number {
    const largest = this.#gather(pairs, from, to);
    this.#add(packed, this.#ordered, from, to, into);
    return largest;
  }

  /** As {@link build} for all rows in their order, whose pairs need not be gathered. */
  buildWhole(packed: PackedColumns, pairs: Float64Array, into: LeafHistograms): void {
    this.#add(packed, pairs, 0, this.#order.length, into);
  }

  #add(packed: PackedColumns, ordered: Float64Array, from: number, to: number, into: LeafHistograms): void {
    into.sums.fill(0);
    for (let b = 0; b < packed.blocks.length; b++) {
      const width = blockWidth(packed, b);
      for (let start = from; start < to; start += ROWS_PER_POLL) {
        this.#poll();
        const end = Math.min(to, start + ROWS_PER_POLL);
        const part = start === from ? ordered : ordered.subarray(2 * (start - from));
        addToHistograms(packed.blocks[b]!, into.blocks[b]!, this.#order, start, end, part, width, packed.stride);
      }
    }
  }

  #gather(pairs: Float64Array, from: number, to: number): number {
    const order = this.#order;
    const ordered = this.#ordered;
    let largest = 0;
    for (let start = from; start < to; start += ROWS_PER_POLL) {
      this.#poll();
      const end = Math.min(to, start + ROWS_PER_POLL);
      for (let i = start, k = 2 * (start - from); i < end; i++, k += 2) {
        const at = 2 * order[i]!;
        const hessian = pairs[at + 1]!;
        ordered[k] = pairs[at]!;
        ordered[k + 1] = hessian;
        if (hessian > largest) largest = hessian;
      }
    }
    return largest;
  }
}
