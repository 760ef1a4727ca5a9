import { type Dataset, InvalidInputError } from '@mlperf/core';
import { requireRunning } from '../require-running.ts';
import { LARGEST_VALUE } from '../training-data.ts';
import { sortValues } from './sort-values.ts';

/** The columns named, as numbers, ascending; all when none is named. @throws `NOT_FOUND` | `INVALID_RECORD`. */
export function chosenColumns(names: readonly string[], chosen: readonly string[] | undefined): readonly number[] {
  if (chosen === undefined) return names.map((_, column) => column);
  const columns = chosen.map((name) => {
    const column = names.indexOf(name);
    if (column < 0) {
      throw new InvalidInputError('NOT_FOUND', `columns must name features (${names.join(', ')}); got '${name}'`);
    }
    return column;
  });
  if (columns.length === 0 || new Set(columns).size < columns.length) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `columns must name at least one feature, each once; got ${chosen.join(', ') || 'none'}`,
    );
  }
  return columns.sort((a, b) => a - b);
}

/**
 * The values of a column that are there, ascending.
 * @throws `ABORTED`; {@link InvalidInputError} `INSUFFICIENT_DATA` when all are missing; `OUT_OF_RANGE` beyond ±1e100.
 */
export function sortedValues(dataset: Dataset, column: number, signal?: AbortSignal): Float64Array {
  return sortValues(presentValues(dataset, column, signal), signal);
}

/**
 * The values of a column that are there, in row order.
 * @throws `ABORTED`; {@link InvalidInputError} `INSUFFICIENT_DATA` when all are missing; `OUT_OF_RANGE` beyond ±1e100.
 */
export function presentValues(
  { features, featureNames }: Dataset,
  column: number,
  signal: AbortSignal | undefined,
): Float64Array {
  requireRunning(signal, 'preprocessing');
  const { values, rows, columns } = features;
  const present = new Float64Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row * columns + column]!;
    if (Number.isNaN(value)) continue;
    if (!(Math.abs(value) <= LARGEST_VALUE)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `feature '${featureNames[column]}' must be within ±${LARGEST_VALUE}; got ${value} in row ${row}`,
      );
    }
    present[count++] = value;
  }
  if (count === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `feature '${featureNames[column]}' must have a value in at least one training row; all ${rows} are missing`,
    );
  }
  return present.subarray(0, count);
}

/**
 * Quantile with linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default).
 *
 *   h = q · (n − 1);  x₍⌊h⌋₎ + (h − ⌊h⌋) · (x₍⌊h⌋₊₁₎ − x₍⌊h⌋₎)
 *
 * @param sorted - Ascending, n ≥ 1. @param q - In [0, 1].
 */
export function quantileOf(sorted: Float64Array, q: number): number {
  const h = q * (sorted.length - 1);
  const below = Math.floor(h);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (h - below) * (high - low);
}
