import { InvalidInputError, keyedRandom, type Matrix } from '@mlperf/core';
import { MAX_BINS, quantileThresholds, THRESHOLD_ROWS } from './quantile-thresholds.ts';

/** A feature matrix as bytes, one run of rows per column, with what the bytes stand for. */
export interface BinnedColumns {
  readonly rows: number;
  readonly columns: number;
  /** Column-major: the bin of row r and column c is `bins[c * rows + r]`. */
  readonly bins: Uint8Array;
  /**
   * By column, ascending: bin b holds thresholds[b − 1] < x ≤ thresholds[b], so `bin ≤ b` means `x ≤ thresholds[b]`.
   * There is one bin more than thresholds, and the missing bin after it where the column has missing values.
   */
  readonly thresholds: readonly Float64Array[];
  /** By column: the bin of NaN, always the last one; −1 where no value is missing. */
  readonly missingBin: Int32Array;
  /** By column: bins in use, the missing one included; 1 to 256. */
  readonly binCounts: Int32Array;
  /** By column: 1 when no bin holds two different values. */
  readonly exact: Uint8Array;
}

export interface BinOptions {
  /** Bins per column, the missing one included; 2 to 256, the default. */
  readonly maxBins?: number;
  /** Called at least every 65,536 values and once per column; may throw to end the work. */
  readonly poll?: () => void;
}

const ROWS_PER_POLL = 65_536;

/**
 * Sorts every feature into at most `maxBins` bins of about equally many training rows; see {@link quantileThresholds}.
 * Weights of rows do not move the thresholds.
 *
 * @param features - Finite, or NaN for missing.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for fewer than 2 or more than 256 bins.
 * @remarks O(columns · rows · log rows) time; rows × columns bytes. Thresholds are taken from all values that are
 * present. Of more than 200,000 they are taken from that many: the values in the order of their rows are cut into
 * 200,000 runs of equal length, and one is drawn from each, so that rows that repeat in a pattern (symbols interleaved
 * bar by bar) have their share. The draws are fixed: equal data, equal bins.
 */
export function binColumns(features: Matrix, options: BinOptions = {}): BinnedColumns {
  const steps = binColumnSteps(features, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** As {@link binColumns}, resting after every column, so that a caller can let the event loop run in between. */
export function* binColumnSteps(features: Matrix, options: BinOptions = {}): Generator<undefined, BinnedColumns> {
  const { maxBins = MAX_BINS, poll = () => {} } = options;
  requireMaxBins(maxBins);
  const { values, rows, columns } = features;
  const bins = new Uint8Array(rows * columns);
  const missingBin = new Int32Array(columns).fill(-1);
  const binCounts = new Int32Array(columns);
  const exact = new Uint8Array(columns);
  const thresholds: Float64Array[] = [];
  const sample = new Float64Array(Math.min(rows, THRESHOLD_ROWS));
  const draws = rows > THRESHOLD_ROWS ? fixedDraws(THRESHOLD_ROWS) : new Float64Array(0);
  for (let column = 0; column < columns; column++) {
    poll();
    const present = countPresent(features, column, poll);
    const hasMissing = present < rows;
    const taken =
      present <= sample.length
        ? takeAll(features, column, sample, poll)
        : drawOnePerRun(features, column, present, draws, sample, poll);
    const cut = quantileThresholds(taken.sort(), hasMissing ? maxBins - 1 : maxBins);
    thresholds.push(cut.thresholds);
    // Rows outside the sample may hold further values.
    exact[column] = cut.exact && taken.length === present ? 1 : 0;
    binCounts[column] = cut.thresholds.length + 1 + (hasMissing ? 1 : 0);
    const missing = hasMissing ? cut.thresholds.length + 1 : -1;
    missingBin[column] = missing;
    const into = bins.subarray(column * rows, (column + 1) * rows);
    for (let from = 0; from < rows; from += ROWS_PER_POLL) {
      if (from > 0) poll();
      const to = Math.min(rows, from + ROWS_PER_POLL);
      for (let row = from, at = from * columns + column; row < to; row++, at += columns) {
        const value = values[at]!;
        into[row] = Number.isNaN(value) ? missing : binOf(cut.thresholds, value);
      }
    }
    yield undefined;
  }
  return { rows, columns, bins, thresholds, missingBin, binCounts, exact };
}

/** @throws {@link InvalidInputError} `INVALID_TYPE` | `OUT_OF_RANGE`. */
export function requireMaxBins(maxBins: unknown): number {
  if (typeof maxBins !== 'number') {
    throw new InvalidInputError('INVALID_TYPE', `maxBins must be a number; got ${typeof maxBins}`);
  }
  if (!(Number.isInteger(maxBins) && maxBins >= 2 && maxBins <= MAX_BINS)) {
    throw new InvalidInputError('OUT_OF_RANGE', `maxBins must be a whole number in [2, ${MAX_BINS}]; got ${maxBins}`);
  }
  return maxBins;
}

/** The bin of a value that is not missing: the number of thresholds below it. */
export function binOf(thresholds: Float64Array, value: number): number {
  let low = 0;
  let count = thresholds.length;
  while (count > 0) {
    const half = count >>> 1;
    if (thresholds[low + half]! < value) {
      low += half + 1;
      count -= half + 1;
    } else count = half;
  }
  return low;
}

/** Uniform in [0, 1), the same in every call and for every column. */
function fixedDraws(count: number): Float64Array {
  const random = keyedRandom('histogram', 'thresholds');
  return Float64Array.from({ length: count }, () => random.next());
}

function countPresent({ values, rows, columns }: Matrix, column: number, poll: () => void): number {
  let present = 0;
  for (let row = 0; row < rows; row++) {
    if (row % ROWS_PER_POLL === ROWS_PER_POLL - 1) poll();
    if (!Number.isNaN(values[row * columns + column]!)) present++;
  }
  return present;
}

/** The values that are present, in a view on `sample`. */
function takeAll(
  { values, rows, columns }: Matrix,
  column: number,
  sample: Float64Array,
  poll: () => void,
): Float64Array {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (row % ROWS_PER_POLL === ROWS_PER_POLL - 1) poll();
    const value = values[row * columns + column]!;
    if (!Number.isNaN(value)) sample[count++] = value;
  }
  return sample.subarray(0, count);
}

/** Fills `sample`: of the `present` values, run i reaches from i · present / sample.length to the next run. */
function drawOnePerRun(
  { values, rows, columns }: Matrix,
  column: number,
  present: number,
  draws: Float64Array,
  sample: Float64Array,
  poll: () => void,
): Float64Array {
  let run = 0;
  let chosen = placeInRun(0, present, draws);
  for (let row = 0, place = -1; row < rows && run < sample.length; row++) {
    if (row % ROWS_PER_POLL === ROWS_PER_POLL - 1) poll();
    const value = values[row * columns + column]!;
    if (Number.isNaN(value) || ++place !== chosen) continue;
    sample[run++] = value;
    chosen = placeInRun(run, present, draws);
  }
  return sample;
}

/** Which of the values that are present is drawn from a run. */
function placeInRun(run: number, present: number, draws: Float64Array): number {
  const start = Math.floor((run * present) / draws.length);
  const end = Math.floor(((run + 1) * present) / draws.length);
  return start + Math.floor((draws[run] ?? 0) * (end - start));
}
