import { InvalidInputError } from '../errors.ts';
import type { Dataset } from './dataset.ts';

export interface PurgeOptions {
  /** Distance kept on both sides of every test span; ≥ 0, default 0. */
  readonly embargoMs?: number;
}

/**
 * The training rows that share no time with any test row: purging with an embargo, on label end times.
 *
 *   row i lives in the closed span [timestampᵢ, labelEndsAtᵢ];
 *   i is kept ⇔ for every test row j: labelEndsAtᵢ + embargo < timestampⱼ or timestampᵢ > labelEndsAtⱼ + embargo
 *
 * Spans that touch in one instant meet, so a training label that becomes known at the very time of a test row is
 * purged. Groups are not told apart: labels of two symbols over the same hours share the market's move.
 *
 * @param trainIndices - Rows of the dataset, any order.
 * @param testIndices - Rows of the dataset, any order; need not be contiguous.
 * @returns the kept `trainIndices`, in the order given.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for an index outside the dataset or a bad `embargoMs`.
 * @remarks O((train + test) · log test) time. With a constant horizon h and rows every s ms, k-th row before the
 * test is kept ⇔ k·s > h + embargo.
 * @see López de Prado (2018), Advances in Financial Machine Learning, section 7.4 (closed spans, as there; the
 * embargo there is one-sided, here it also widens the gap before a test span).
 * @example
 * // rows at 0, 1, 2, 3 whose labels end one later; test row 3 lives in [3, 4]
 * purgeTrainingRows(dataset, [0, 1, 2], [3]); // Uint32Array [0, 1]: row 2's label is known at 3
 */
export function purgeTrainingRows(
  dataset: Pick<Dataset, 'timestamps' | 'labelEndsAt'>,
  trainIndices: ArrayLike<number>,
  testIndices: ArrayLike<number>,
  options: PurgeOptions = {},
): Uint32Array {
  const embargoMs = options.embargoMs ?? 0;
  if (!(embargoMs >= 0 && Number.isFinite(embargoMs))) {
    throw new InvalidInputError('OUT_OF_RANGE', `embargoMs must be finite and at least 0; got ${embargoMs}`);
  }
  const { timestamps, labelEndsAt } = dataset;
  requireRows(trainIndices, timestamps.length, 'trainIndices');
  requireRows(testIndices, timestamps.length, 'testIndices');
  const blocked = unionOfSpans(dataset, testIndices, embargoMs);
  const kept = new Uint32Array(trainIndices.length);
  let count = 0;
  for (let i = 0; i < trainIndices.length; i++) {
    const row = trainIndices[i]!;
    if (!meets(blocked, timestamps[row]!, labelEndsAt[row]!)) kept[count++] = row;
  }
  return kept.slice(0, count);
}

/** Disjoint closed intervals in ascending order. */
interface Intervals {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

function unionOfSpans(
  dataset: Pick<Dataset, 'timestamps' | 'labelEndsAt'>,
  rows: ArrayLike<number>,
  embargoMs: number,
): Intervals {
  const ordered = Uint32Array.from(rows).sort((a, b) => dataset.timestamps[a]! - dataset.timestamps[b]!);
  const starts: number[] = [];
  const ends: number[] = [];
  for (const row of ordered) {
    const start = dataset.timestamps[row]! - embargoMs;
    const end = dataset.labelEndsAt[row]! + embargoMs;
    const last = ends.length - 1;
    if (last >= 0 && start <= ends[last]!) ends[last] = Math.max(ends[last]!, end);
    else {
      starts.push(start);
      ends.push(end);
    }
  }
  return { starts, ends };
}

/** Whether [from, to] meets an interval: of those that start by `to`, the last one ends latest. */
function meets({ starts, ends }: Intervals, from: number, to: number): boolean {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= to) low = middle + 1;
    else high = middle;
  }
  return low > 0 && ends[low - 1]! >= from;
}

function requireRows(indices: ArrayLike<number>, rows: number, subject: string): void {
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]!;
    if (!Number.isInteger(row) || row < 0 || row >= rows) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${subject}[${i}] must be a row of the dataset, 0 to ${rows - 1}; got ${row}`,
      );
    }
  }
}
