import { InvalidInputError } from '../errors.ts';
import type { Dataset } from './dataset.ts';
import { selectPositions } from './positions.ts';
import { withRows } from './with-rows.ts';

/**
 * A dataset of some rows, copied. Each keeps its place in its series: a gap stays a gap.
 * @param indices - Rows of the dataset, strictly ascending, at least one: time order survives.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `OUT_OF_RANGE` | `UNSORTED`.
 * @remarks O(selected × columns).
 */
export function selectRows(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const { rows, columns, values } = dataset.features;
  if (indices.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'indices must name at least one row; got none');
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]!;
    if (!Number.isInteger(row) || row < 0 || row >= rows) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `indices[${i}] must be a row of the dataset, 0 to ${rows - 1}; got ${row}`,
      );
    }
    if (i > 0 && row <= indices[i - 1]!) {
      throw new InvalidInputError(
        'UNSORTED',
        `indices must be strictly ascending; got ${row} at ${i} after ${indices[i - 1]}`,
      );
    }
  }
  const selected = new Float64Array(indices.length * columns);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * columns;
    selected.set(values.subarray(from, from + columns), i * columns);
  }
  const gather = <T extends Float64Array | Int32Array>(source: T, out: T): T => {
    for (let i = 0; i < indices.length; i++) out[i] = source[indices[i]!]!;
    return out;
  };
  return withRows(
    dataset,
    { values: selected, rows: indices.length, columns },
    {
      float: (column) => gather(column, new Float64Array(indices.length)),
      int: (column) => gather(column, new Int32Array(indices.length)),
    },
    selectPositions(dataset, indices),
  );
}

/**
 * The rows from `from` up to but without `to`, as views: no values are copied. Each row keeps its place in its series.
 * @param from - First row. @param to - One past the last row; default the number of rows.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` unless 0 ≤ from ≤ to ≤ rows, whole; `EMPTY_INPUT` if from = to.
 */
export function sliceDataset(dataset: Dataset, from: number, to: number = dataset.features.rows): Dataset {
  const { rows, columns, values } = dataset.features;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= rows)) {
    throw new InvalidInputError('OUT_OF_RANGE', `rows must satisfy 0 ≤ from ≤ to ≤ ${rows}; got ${from} to ${to}`);
  }
  if (from === to)
    throw new InvalidInputError('EMPTY_INPUT', `a slice must have at least one row; got ${from} to ${to}`);
  const slice = { values: values.subarray(from * columns, to * columns), rows: to - from, columns };
  return withRows(
    dataset,
    slice,
    { float: (column) => column.subarray(from, to), int: (column) => column.subarray(from, to) },
    slicePositions(dataset, from, to),
  );
}

function slicePositions(dataset: Dataset, from: number, to: number): Int32Array | undefined {
  // The first rows of a dataset are numbered as they were.
  if (from === 0) return dataset.positions?.subarray(0, to);
  return selectPositions(
    dataset,
    Int32Array.from({ length: to - from }, (_, i) => from + i),
  );
}
