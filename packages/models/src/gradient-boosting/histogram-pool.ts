import { blockWidth, type PackedColumns } from './packed-columns.ts';

/** The histograms of one leaf. Column j's bins start at `sums[2 · j · stride]`: gradient and Hessian sums, in turn. */
export interface LeafHistograms {
  readonly sums: Float64Array;
  /** One view per block of four columns. */
  readonly blocks: readonly Float64Array[];
}

/** The parent's, and one for each of its children. */
const FEWEST = 3;

/** A bounded store of histograms that are used again and again. */
export class HistogramPool {
  readonly #free: LeafHistograms[] = [];
  readonly #capacity: number;
  readonly #packed: PackedColumns;
  #made = 0;

  /**
   * @param packed - All further trees must have as many columns and the same stride.
   * @param mostBytes - What all histograms together may take; three are kept all the same.
   */
  constructor(packed: PackedColumns, mostBytes: number) {
    this.#packed = packed;
    const bytes = 16 * packed.stride * packed.columns.length;
    this.#capacity = Math.max(FEWEST, Math.floor(mostBytes / bytes));
  }

  /** Histograms with any content; `undefined` when as many as the bound allows are in use. */
  acquire(): LeafHistograms | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made >= this.#capacity) return undefined;
    this.#made++;
    return newHistograms(this.#packed);
  }

  release(histograms: LeafHistograms): void {
    this.#free.push(histograms);
  }
}

/** `from` becomes `from` − `part`: the histograms of a leaf minus those of one child are those of the other. */
export function subtractHistograms(from: LeafHistograms, part: LeafHistograms): void {
  const sums = from.sums;
  const other = part.sums;
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! - other[i]!;
}

function newHistograms(packed: PackedColumns): LeafHistograms {
  const perColumn = 2 * packed.stride;
  const sums = new Float64Array(perColumn * packed.columns.length);
  const blocks = packed.blocks.map((_, b) =>
    sums.subarray(4 * b * perColumn, (4 * b + blockWidth(packed, b)) * perColumn),
  );
  return { sums, blocks };
}
