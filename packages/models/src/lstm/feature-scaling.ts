import { InvalidInputError, type Matrix } from '@mlperf/core';
import type { FeatureScaling } from './layers-model/layers-model.ts';
import type { Pause } from './pause.ts';

/**
 * Mean and population standard deviation of each column over some rows, in two passes; a constant column has scale 1.
 *
 * @param rows - Rows of the matrix, at least one.
 * @param pause - Asked between columns.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a column whose spread overflows.
 */
export async function fitFeatureScaling(
  features: Matrix,
  rows: ArrayLike<number>,
  pause: Pause,
): Promise<FeatureScaling> {
  const { columns, values } = features;
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    const moments = standardMoments(rows.length, (i) => values[rows[i]! * columns + column]!);
    mean[column] = moments.mean;
    scale[column] = moments.scale;
    if (!Number.isFinite(moments.mean) || !Number.isFinite(moments.scale)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `features of column ${column} must have a finite spread; it overflows`,
      );
    }
    await pause.after(WORK_PER_VALUE * rows.length);
  }
  return { mean, scale };
}

/** Two passes over a strided column, in multiplications. */
const WORK_PER_VALUE = 8;

/** Mean and population standard deviation of n ≥ 1 values; scale 1 where they are all equal. */
export function standardMoments(
  n: number,
  at: (i: number) => number,
): { readonly mean: number; readonly scale: number } {
  let sum = 0;
  let constant = true;
  for (let i = 0; i < n; i++) {
    sum += at(i);
    if (at(i) !== at(0)) constant = false;
  }
  // The mean of equal values, without the rounding of their sum.
  if (constant) return { mean: at(0), scale: 1 };
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (at(i) - mean) ** 2;
  const scale = Math.sqrt(squares / n);
  // Values that differ by less than doubles can square.
  return { mean, scale: scale > 0 ? scale : 1 };
}

/** All rows of a matrix by {@link scaleFeatures}. @param pause - Asked between stretches of rows. */
export async function scaledFeatures(
  { values, columns }: Matrix,
  scaling: FeatureScaling,
  pause: Pause,
): Promise<Float32Array> {
  const out = new Float32Array(values.length);
  const stretch = Math.max(1, Math.floor(VALUES_PER_STRETCH / columns));
  for (let from = 0; from < values.length; from += stretch * columns) {
    const to = from + stretch * columns;
    scaleFeatures(values.subarray(from, to), scaling, out.subarray(from, to), from / columns);
    await pause.after(WORK_PER_VALUE * stretch * columns);
  }
  return out;
}

const VALUES_PER_STRETCH = 1 << 18;

/**
 * Writes z = (x − mean) / scale of consecutive rows to `out`.
 *
 * @param firstRow - What the first of the rows is called in messages.
 * @throws {@link InvalidInputError} `NOT_FINITE` naming row and column; `OUT_OF_RANGE` for a value too far from those
 * trained on for a float32.
 */
export function scaleFeatures(
  values: Float64Array,
  { mean, scale }: FeatureScaling,
  out: Float32Array,
  firstRow = 0,
): void {
  const columns = mean.length;
  let column = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const scaled = (value - mean[column]!) / scale[column]!;
    if (!(Math.abs(scaled) <= LARGEST_SCALED)) throw refusedValue(value, i + firstRow * columns, columns);
    out[i] = scaled;
    if (++column === columns) column = 0;
  }
}

/** Times a weight, and summed over features and units, this stays far within a float32. */
const LARGEST_SCALED = 1e30;

function refusedValue(value: number, i: number, columns: number): InvalidInputError {
  const where = `row ${Math.floor(i / columns)}, column ${i % columns}`;
  return Number.isFinite(value)
    ? new InvalidInputError(
        'OUT_OF_RANGE',
        `features must be at most ${LARGEST_SCALED} spreads from their mean in training; got ${value} in ${where}`,
      )
    : new InvalidInputError('NOT_FINITE', `features must be finite; got ${value} in ${where}`);
}
