/**
 * Splits a count into powers of two, largest first, so that statements over many rows come in few distinct sizes
 * and each text is compiled and prepared once.
 *
 * @param count - Rows to cover, ≥ 0.
 * @param max - The largest chunk allowed, ≥ 1.
 * @returns sizes that sum to `count`.
 * @example chunkSizes(11, 4); // [4, 4, 2, 1]
 */
export function chunkSizes(count: number, max: number): readonly number[] {
  const sizes: number[] = [];
  let size = 2 ** Math.floor(Math.log2(max));
  for (let left = count; left > 0; ) {
    while (size > left) size /= 2;
    sizes.push(size);
    left -= size;
  }
  return sizes;
}
