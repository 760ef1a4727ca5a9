/** Bins of one column of the training rows. */
export interface BinnedColumn {
  /** Column of the data set. */
  readonly column: number;
  /** One bin per training row: 0 to `valueBins` − 1 in the order of the values, `missingBin` for a missing one. */
  readonly bins: Uint8Array;
  /** Bins that hold values, at least 1. */
  readonly valueBins: number;
  /** `valueBins` where the column has missing values, else −1. */
  readonly missingBin: number;
}

/** Columns laid side by side, four to a 32-bit word, as the histogram kernel reads them. */
export interface PackedColumns {
  readonly columns: readonly BinnedColumn[];
  /** Block b holds columns 4b to 4b + 3; one word per row. */
  readonly blocks: readonly Int32Array[];
  /** Bins each column has room for in a histogram: a power of two. */
  readonly stride: number;
}

const PER_BLOCK = 4;

/**
 * @param columns - At least one. @param rows - Training rows.
 * @param poll - Called per block; throws to end the work. @param reuse - Blocks no longer needed, to be written over.
 * @remarks O(rows × columns); about 1 ns per value.
 */
export function packColumns(
  columns: readonly BinnedColumn[],
  rows: number,
  stride: number,
  poll: () => void,
  reuse: readonly Int32Array[] = [],
): PackedColumns {
  const blocks: Int32Array[] = [];
  for (let first = 0; first < columns.length; first += PER_BLOCK) {
    poll();
    const block = reuse[blocks.length] ?? new Int32Array(rows);
    const own = columns.slice(first, first + PER_BLOCK);
    own.forEach((column, j) => {
      packColumn(block, column.bins, 8 * j);
    });
    blocks.push(block);
  }
  return { columns, blocks, stride };
}

/** Room for the bins of every column: the smallest power of two that is enough. */
export function strideOf(columns: readonly BinnedColumn[]): number {
  let stride = 2;
  for (const { valueBins, missingBin } of columns) {
    while (stride < valueBins + (missingBin < 0 ? 0 : 1)) stride *= 2;
  }
  return stride;
}

/** Columns in block `b`. */
export function blockWidth(packed: PackedColumns, b: number): number {
  return Math.min(PER_BLOCK, packed.columns.length - PER_BLOCK * b);
}

function packColumn(block: Int32Array, bins: Uint8Array, shift: number): void {
  if (shift === 0) block.set(bins);
  else for (let row = 0; row < bins.length; row++) block[row] = block[row]! | (bins[row]! << shift);
}
