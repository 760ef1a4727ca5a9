import { type Dataset, InvalidInputError, type Matrix } from '@mlperf/core';

/**
 * Columns that tell the same, put together: a is with b when their ranks correlate above `above`, or both are with a third.
 *
 * @param above - Of the absolute rank correlation (Spearman), in (0, 1]; 1 keeps all apart but those of equal order.
 * @returns columns of each cluster, ascending, clusters by their first column.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks Missing values stand at the end of the order. O(columns · rows log rows + columns² · rows).
 */
export function featureClusters(
  { features }: Pick<Dataset, 'features'>,
  above: number,
): readonly (readonly number[])[] {
  if (!(above > 0 && above <= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `clusterAbove must be above 0 and at most 1; got ${above}`);
  }
  const ranks = Array.from({ length: features.columns }, (_, column) => standardRanks(features, column));
  const clusterOf = Int32Array.from({ length: features.columns }, (_, column) => column);
  for (let a = 0; a < features.columns; a++) {
    for (let b = a + 1; b < features.columns; b++) {
      if (clusterOf[a] === clusterOf[b] || Math.abs(dot(ranks[a]!, ranks[b]!)) < above - 1e-12) continue;
      const [kept, joined] = [Math.min(clusterOf[a]!, clusterOf[b]!), Math.max(clusterOf[a]!, clusterOf[b]!)];
      for (let i = 0; i < clusterOf.length; i++) if (clusterOf[i] === joined) clusterOf[i] = kept;
    }
  }
  const clusters = Map.groupBy(clusterOf.keys(), (column) => clusterOf[column]!);
  return [...clusters.values()];
}

/** Ranks of a column, ties sharing their mean, centred and of unit length; zeros for a constant column. */
function standardRanks({ values, rows, columns }: Matrix, column: number): Float64Array {
  const at = (row: number) => {
    const value = values[row * columns + column]!;
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) =>
    at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0,
  );
  const ranks = new Float64Array(rows);
  for (let i = 0; i < rows; ) {
    let end = i + 1;
    while (end < rows && at(order[end]!) === at(order[i]!)) end++;
    for (let j = i; j < end; j++) ranks[order[j]!] = (i + end - 1) / 2 - (rows - 1) / 2;
    i = end;
  }
  const length = Math.sqrt(dot(ranks, ranks));
  return length === 0 ? ranks : ranks.map((rank) => rank / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
