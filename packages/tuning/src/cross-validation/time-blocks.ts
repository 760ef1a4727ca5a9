/** The different timestamps, ascending. */
export function distinctTimes(timestamps: Float64Array): Float64Array {
  return timestamps.toSorted().filter((at, i, sorted) => i === 0 || at !== sorted[i - 1]);
}

/** Rows, ascending, whose timestamp is kept. */
export function rowsWhere(timestamps: Float64Array, keep: (at: number) => boolean): Uint32Array {
  const rows = new Uint32Array(timestamps.length);
  let count = 0;
  for (let row = 0; row < timestamps.length; row++) if (keep(timestamps[row]!)) rows[count++] = row;
  return rows.slice(0, count);
}

/**
 * The rows of consecutive blocks of distinct times, block b beginning with time `starts[b]` of them: rows of one time,
 * of whatever group, are in one block.
 * @remarks O(rows · log rows).
 */
export function rowsOfTimeBlocks(timestamps: Float64Array, starts: readonly number[]): readonly Uint32Array[] {
  const times = distinctTimes(timestamps);
  return starts.map((start, b) => {
    const from = times[start]!;
    const to = times[starts[b + 1] ?? times.length] ?? Number.POSITIVE_INFINITY;
    return rowsWhere(timestamps, (at) => at >= from && at < to);
  });
}
