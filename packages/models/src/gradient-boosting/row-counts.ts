import type { BinnedColumn } from './packed-columns.ts';
import type { LeafSums } from './split.ts';

/** Counts the rows of a leaf by bin, when asked: one pass over the leaf per column at most. */
export class RowCounts {
  readonly #order: Int32Array;
  /** Rows with a bin up to this one. */
  readonly #upTo = new Int32Array(256);
  #leaf: LeafSums | undefined;
  #column: BinnedColumn | undefined;
  #counted = false;

  constructor(order: Int32Array) {
    this.#order = order;
  }

  begin(leaf: LeafSums, column: BinnedColumn): void {
    this.#leaf = leaf;
    this.#column = column;
    this.#counted = false;
  }

  /** Rows of the leaf that a split after `bin` sends left. */
  left(bin: number, missingLeft: boolean): number {
    const upTo = this.#upTo;
    const column = this.#column!;
    if (!this.#counted) this.#count(this.#leaf!, column);
    return upTo[bin]! + (missingLeft ? upTo[column.missingBin]! - upTo[column.valueBins - 1]! : 0);
  }

  #count({ from, to }: LeafSums, { bins, valueBins, missingBin }: BinnedColumn): void {
    const upTo = this.#upTo;
    const order = this.#order;
    upTo.fill(0);
    for (let i = from; i < to; i++) {
      const bin = bins[order[i]!]!;
      upTo[bin] = upTo[bin]! + 1;
    }
    const last = missingBin < 0 ? valueBins - 1 : missingBin;
    for (let bin = 1; bin <= last; bin++) upTo[bin] = upTo[bin]! + upTo[bin - 1]!;
    this.#counted = true;
  }
}
