import type { Dataset } from './dataset.ts';

/** What tells a row's place in its series. */
export type Placed = Pick<Dataset, 'timestamps' | 'groups' | 'positions'>;

/**
 * The place of each row in its own series: `positions`, or the row's number within its group where there are none.
 * @remarks O(rows); a dataset's own array is returned as it is: do not write to it.
 */
export function positionsOf(dataset: Placed): Int32Array {
  return dataset.positions ?? ranks(dataset.timestamps.length, dataset.groups);
}

/**
 * The positions of selected rows; `undefined` where each is the row's number within its group again, so that the
 * same content always has the same form.
 * @param rows - Selected rows, ascending.
 */
export function selectPositions(dataset: Placed, rows: ArrayLike<number>): Int32Array | undefined {
  const before = positionsOf(dataset);
  const groups = dataset.groups;
  const positions = new Int32Array(rows.length);
  const counts = new Map<number, number>();
  let plain = true;
  for (let i = 0; i < rows.length; i++) {
    const group = groups?.[rows[i]!] ?? 0;
    const rank = counts.get(group) ?? 0;
    counts.set(group, rank + 1);
    positions[i] = before[rows[i]!]!;
    if (positions[i] !== rank) plain = false;
  }
  return plain ? undefined : positions;
}

/**
 * Positions counted from the first row of each group; `undefined` when the rows of every group follow each other
 * without a gap. Two selections of equal rows with equal gaps have equal ones, wherever they were cut from.
 */
export function gapsOf(dataset: Placed): Int32Array | undefined {
  const { positions, groups } = dataset;
  if (positions === undefined) return undefined;
  const firsts = new Map<number, number>();
  const counts = new Map<number, number>();
  const relative = new Int32Array(positions.length);
  let gapless = true;
  for (let row = 0; row < positions.length; row++) {
    const group = groups?.[row] ?? 0;
    const rank = counts.get(group) ?? 0;
    counts.set(group, rank + 1);
    if (rank === 0) firsts.set(group, positions[row]!);
    relative[row] = positions[row]! - firsts.get(group)!;
    if (relative[row] !== rank) gapless = false;
  }
  return gapless ? undefined : relative;
}

function ranks(rows: number, groups: Int32Array | undefined): Int32Array {
  if (groups === undefined) return Int32Array.from({ length: rows }, (_, row) => row);
  const positions = new Int32Array(rows);
  const counts = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const rank = counts.get(groups[row]!) ?? 0;
    counts.set(groups[row]!, rank + 1);
    positions[row] = rank;
  }
  return positions;
}
