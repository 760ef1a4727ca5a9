import { type Dataset, InvalidInputError, type RandomSource, randomInteger } from '@mlperf/core';

/**
 * Rows per block when the caller names none: twice what labels overlap by within a series, plus the cube root of the rows.
 * @example defaultBlockRows(data); // 8 for 500 rows whose labels do not overlap
 */
export function defaultBlockRows(data: Pick<Dataset, 'timestamps' | 'labelEndsAt' | 'groups'>): number {
  const { timestamps, labelEndsAt } = data;
  let overlap = 1;
  for (const rows of seriesOf(data)) {
    let end = 0;
    rows.forEach((row, i) => {
      while (end < rows.length && timestamps[rows[end]!]! < labelEndsAt[row]!) end++;
      overlap = Math.max(overlap, end - i);
    });
  }
  return 2 * (overlap - 1) + Math.ceil(Math.round(Math.cbrt(timestamps.length) * 1e9) / 1e9);
}

/**
 * For each row the row whose values it gets: within every series, blocks of consecutive rows in another order.
 *
 * A series is turned by a random number of rows, cut into blocks, and the blocks are shuffled.
 *
 * @param blockRows - Whole, ≥ 1. A series shorter than two blocks is cut in two.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 */
export function blockShuffle(
  data: Pick<Dataset, 'timestamps' | 'groups'>,
  blockRows: number,
  random: RandomSource,
): Uint32Array {
  if (!Number.isInteger(blockRows) || blockRows < 1) {
    throw new InvalidInputError('OUT_OF_RANGE', `blockRows must be a whole number of at least 1; got ${blockRows}`);
  }
  const source = new Uint32Array(data.timestamps.length);
  for (const rows of seriesOf(data)) {
    const n = rows.length;
    const turn = randomInteger(random, n);
    const length = Math.max(1, Math.min(blockRows, Math.ceil(n / 2)));
    const blocks = Array.from({ length: Math.ceil(n / length) }, (_, i) => i);
    for (let i = blocks.length - 1; i > 0; i--) {
      const j = randomInteger(random, i + 1);
      [blocks[i], blocks[j]] = [blocks[j]!, blocks[i]!];
    }
    let at = 0;
    for (const block of blocks) {
      for (let i = block * length; i < Math.min(n, (block + 1) * length); i++)
        source[rows[at++]!] = rows[(i + turn) % n]!;
    }
  }
  return source;
}

/** Rows of each series, in time order as the data set has them. */
function seriesOf({ timestamps, groups }: Pick<Dataset, 'timestamps' | 'groups'>): Iterable<readonly number[]> {
  if (groups === undefined) return [Array.from(timestamps.keys())];
  return Map.groupBy(timestamps.keys(), (row) => groups[row]!).values();
}
