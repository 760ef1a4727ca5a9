/** 2^27 + 1 cuts a double into two halves of 26 bits. */
const SPLITTER = 134_217_729;

/**
 * What rounding took from a product: a · b = product + productError(a, b, product), exactly.
 *
 * @param product - a · b as a double computes it.
 * @remarks O(1). Exact while nothing overflows or underflows: |a|, |b| below 1e290, and the error above 5e-324.
 * @see Dekker (1971), Numerische Mathematik 18:224–242, doi:10.1007/BF01397083
 * @example productError(0.1, 0.1, 0.1 * 0.1); // -8.326672684688674e-19
 */
export function productError(a: number, b: number, product: number): number {
  const cutA = SPLITTER * a;
  const highA = cutA - (cutA - a);
  const lowA = a - highA;
  const cutB = SPLITTER * b;
  const highB = cutB - (cutB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}
