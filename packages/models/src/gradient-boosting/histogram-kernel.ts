/**
 * Adds the gradients of some rows to the histograms of up to four columns. Bin b of the block's j-th column is at
 * `histogram[(j · stride + b) · 2]` (sum of gradients) and the place after it (sum of Hessians).
 *
 * @param packed - The block's bins, the j-th column's in bits 8j to 8j + 7; one number per row of the data set.
 * @param order - Row numbers; those from `from` up to but without `to` are added, in this order.
 * @param ordered - Gradient and Hessian of those rows, interleaved; those of row `order[from]` come first.
 * @param width - Columns in the block, 1 to 4.
 * @param stride - Bins a column has room for, a power of two.
 * @remarks About 1 ns per row and column. Four columns share one load of the row number, of its bins, of its gradient
 * and of its Hessian; a block of 256 bins is 16 KiB, so that it stays in the first cache.
 */
export function addToHistograms(
  packed: Int32Array,
  histogram: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
  width: number,
  stride: number,
): void {
  if (width === 4) addFour(packed, histogram, order, from, to, ordered, 2 * stride);
  else if (width === 3) addThree(packed, histogram, order, from, to, ordered, 2 * stride);
  else if (width === 2) addTwo(packed, histogram, order, from, to, ordered, 2 * stride);
  else addOne(packed, histogram, order, from, to, ordered);
}

// One function per width: a loop over the columns inside the loop over the rows would cost more than the sums.

function addFour(
  packed: Int32Array,
  histogram: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
  second: number,
): void {
  const third = 2 * second;
  const fourth = 3 * second;
  for (let i = from, k = 0; i < to; i++, k += 2) {
    const bins = packed[order[i]!]!;
    const gradient = ordered[k]!;
    const hessian = ordered[k + 1]!;
    let at = (bins & 255) << 1;
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
    at = second + ((bins >>> 7) & 510);
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
    at = third + ((bins >>> 15) & 510);
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
    at = fourth + ((bins >>> 23) & 510);
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
  }
}

function addThree(
  packed: Int32Array,
  histogram: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
  second: number,
): void {
  const third = 2 * second;
  for (let i = from, k = 0; i < to; i++, k += 2) {
    const bins = packed[order[i]!]!;
    const gradient = ordered[k]!;
    const hessian = ordered[k + 1]!;
    let at = (bins & 255) << 1;
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
    at = second + ((bins >>> 7) & 510);
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
    at = third + ((bins >>> 15) & 510);
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
  }
}

function addTwo(
  packed: Int32Array,
  histogram: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
  second: number,
): void {
  for (let i = from, k = 0; i < to; i++, k += 2) {
    const bins = packed[order[i]!]!;
    const gradient = ordered[k]!;
    const hessian = ordered[k + 1]!;
    let at = (bins & 255) << 1;
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
    at = second + ((bins >>> 7) & 510);
    histogram[at] = histogram[at]! + gradient;
    histogram[at + 1] = histogram[at + 1]! + hessian;
  }
}

function addOne(
  packed: Int32Array,
  histogram: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
  ordered: Float64Array,
): void {
  for (let i = from, k = 0; i < to; i++, k += 2) {
    const at = (packed[order[i]!]! & 255) << 1;
    histogram[at] = histogram[at]! + ordered[k]!;
    histogram[at + 1] = histogram[at + 1]! + ordered[k + 1]!;
  }
}
