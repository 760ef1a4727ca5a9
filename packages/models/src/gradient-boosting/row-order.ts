import type { BinnedColumn } from './packed-columns.ts';
import type { Split } from './split.ts';

const ROWS_PER_POLL = 1 << 20;

/** Row numbers of the training rows, those of each leaf side by side and ascending. */
export class RowOrder {
  readonly order: Int32Array;
  readonly #spill: Int32Array;
  /** By bin: 1 when the split at hand sends it left. */
  readonly #goesLeft = new Uint8Array(256);
  readonly #poll: () => void;

  constructor(rows: number, poll: () => void) {
    this.order = new Int32Array(rows);
    this.#spill = new Int32Array(rows);
    this.#poll = poll;
  }

  /** Whether a row of a leaf misses the column's value. */
  anyMissing(from: number, to: number, { bins, missingBin }: BinnedColumn): boolean {
    if (missingBin < 0) return false;
    for (let i = from; i < to; i++) if (bins[this.order[i]!] === missingBin) return true;
    return false;
  }

  /** Parts the rows of a leaf. @returns where the right child's rows begin. */
  divide(
    from: number,
    to: number,
    { bins, missingBin }: BinnedColumn,
    split: Pick<Split, 'bin' | 'missingLeft'>,
  ): number {
    const goesLeft = this.#goesLeft;
    goesLeft.fill(0).fill(1, 0, split.bin + 1);
    if (missingBin >= 0) goesLeft[missingBin] = split.missingLeft ? 1 : 0;
    const order = this.order;
    const spill = this.#spill;
    let left = from;
    let right = 0;
    for (let start = from; start < to; start += ROWS_PER_POLL) {
      this.#poll();
      const end = Math.min(to, start + ROWS_PER_POLL);
      // Both are written and one place moves: a branch here would be guessed wrongly half the time.
      for (let i = start; i < end; i++) {
        const row = order[i]!;
        const one = goesLeft[bins[row]!]!;
        order[left] = row;
        spill[right] = row;
        left += one;
        right += 1 - one;
      }
    }
    order.set(right === spill.length ? spill : spill.subarray(0, right), left);
    return left;
  }
}
