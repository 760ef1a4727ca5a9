import { InvalidInputError } from '../errors.ts';
import type { Dataset } from './dataset.ts';
import { type Placed, positionsOf } from './positions.ts';

/** Windows as indices; nothing is copied. Index i < history rows is a row of the history, i − history rows one of the dataset. */
export interface LookBackWindows {
  readonly lookBack: number;
  /** Rows of the dataset that have a full window, ascending. */
  readonly rows: Int32Array;
  /** Rows in series order: each window is a stretch of it. Without a history an index is a row of the dataset. */
  readonly sequence: Int32Array;
  /** Window w is `sequence.subarray(starts[w], starts[w] + lookBack + 1)`, oldest row first, ending in `rows[w]`. */
  readonly starts: Int32Array;
}

/**
 * For each row the `lookBack` rows before it in its own series, where they are all there.
 *
 *   row r of group g at position p has a window ⇔ group g has a row at each of p − lookBack … p
 *
 * Only rows of `dataset`, and of `history` when given, are used: a gap left by purged or validation rows breaks a
 * window, and no window crosses a group. Training rows get no history; validation rows may look back on the feature
 * rows before them. Windows read earlier rows only, so the history may hold later ones, and the dataset's own.
 *
 * @param lookBack - Earlier rows of a window; whole, ≥ 0.
 * @param history - Rows selected from the same data set as `dataset`.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a bad `lookBack`; `INVALID_RECORD` for a history of another
 * data set: other features or groups, one position with two times, or times that do not ascend with the positions.
 * @remarks O(rows + history rows) time and integers, whatever the look-back.
 * @example
 * const { rows, sequence, starts } = lookBackWindows(sliceDataset(data, 5), 2); // rows 2, 3, …
 * sequence.subarray(starts[0], starts[0] + 3); // Int32Array [0, 1, 2]
 */
export function lookBackWindows(dataset: Dataset, lookBack: number, history?: Dataset): LookBackWindows {
  if (!Number.isInteger(lookBack) || lookBack < 0) {
    throw new InvalidInputError('OUT_OF_RANGE', `lookBack must be a whole number, at least 0; got ${lookBack}`);
  }
  if (history !== undefined) requireSameSource(dataset, history);
  const groupCount = dataset.groupNames?.length ?? 1;
  const historyRows = history?.features.rows ?? 0;
  const own = series(dataset, groupCount);
  const past = history === undefined ? undefined : series(history, groupCount);
  const sequence = new Int32Array(historyRows + dataset.features.rows);
  const startOf = new Int32Array(dataset.features.rows).fill(-1);
  let length = 0;
  let found = 0;
  for (let group = 0; group < groupCount; group++) {
    let i = own.from[group]!;
    let h = past?.from[group] ?? 0;
    const ownEnd = own.from[group + 1]!;
    const pastEnd = past?.from[group + 1] ?? 0;
    let run = 0;
    let previous = -1;
    let previousTime = Number.NEGATIVE_INFINITY;
    while (i < ownEnd) {
      const row = own.order[i]!;
      const position = own.positions[row]!;
      const earlier = h < pastEnd ? past!.order[h]! : -1;
      const earlierPosition = earlier < 0 ? position + 1 : past!.positions[earlier]!;
      const at = Math.min(position, earlierPosition);
      run = run > 0 && at === previous + 1 ? run + 1 : 1;
      previous = at;
      const time = earlierPosition < position ? history!.timestamps[earlier]! : dataset.timestamps[row]!;
      if (history !== undefined && time < previousTime) throw outOfOrder(time, previousTime, at);
      previousTime = time;
      if (earlierPosition < position) {
        sequence[length++] = earlier;
        h++;
        continue;
      }
      if (earlierPosition === position) {
        requireSameTime(dataset, row, history!, earlier);
        h++;
      }
      sequence[length++] = historyRows + row;
      if (run > lookBack) {
        startOf[row] = length - 1 - lookBack;
        found++;
      }
      i++;
    }
  }
  const rows = new Int32Array(found);
  const starts = new Int32Array(found);
  let count = 0;
  startOf.forEach((start, row) => {
    if (start < 0) return;
    rows[count] = row;
    starts[count++] = start;
  });
  return { lookBack, rows, sequence: sequence.slice(0, length), starts };
}

/** Rows by group: those of group g are `order[from[g]]` up to but without `order[from[g + 1]]`, in series order. */
function series(dataset: Placed, groupCount: number) {
  const { groups } = dataset;
  const rows = dataset.timestamps.length;
  const from = new Int32Array(groupCount + 1);
  for (let row = 0; row < rows; row++) from[(groups?.[row] ?? 0) + 1]!++;
  for (let group = 0; group < groupCount; group++) from[group + 1]! += from[group]!;
  const next = from.slice();
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const group = groups?.[row] ?? 0;
    order[next[group]!++] = row;
  }
  return { order, from, positions: positionsOf(dataset) };
}

function requireSameSource(dataset: Dataset, history: Dataset): void {
  const same = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
    a === b || (a?.length === b?.length && (a ?? []).every((name, i) => name === b?.[i]));
  for (const names of ['featureNames', 'groupNames'] as const) {
    if (same(dataset[names], history[names])) continue;
    throw new InvalidInputError(
      'INVALID_RECORD',
      `history must have the ${names} of the rows that look back on it: ${dataset[names]?.join(', ') ?? 'none'}; got ${history[names]?.join(', ') ?? 'none'}`,
    );
  }
}

function requireSameTime(dataset: Dataset, row: number, history: Dataset, earlier: number): void {
  const [expected, came] = [dataset.timestamps[row]!, history.timestamps[earlier]!];
  if (expected === came) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `history must be selected from the same data set as the rows that look back on it; row ${row} at ${expected} has the position of its row ${earlier} at ${came}`,
  );
}

/** A row of the future at a position of the past, or the reverse: positions of two data sets. */
function outOfOrder(time: number, before: number, position: number): InvalidInputError {
  return new InvalidInputError(
    'INVALID_RECORD',
    `history must be selected from the same data set as the rows that look back on it; the time ${time} at position ${position} of a series comes before ${before}, which is at an earlier one`,
  );
}
