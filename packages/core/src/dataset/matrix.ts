import { InvalidInputError } from '../errors.ts';
import type { Matrix } from './dataset.ts';
import { type MissingValues, requireFeatureValues } from './missing-values.ts';

/**
 * A row-major matrix from an array of rows.
 *
 * @param rows - n ≥ 1 rows of one length ≥ 1, finite.
 * @param missingValues - `allowed`: NaN is a missing value. Default `refused`.
 * @returns the values copied, shape (rows × columns).
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` (rows of several lengths) | `NOT_FINITE`.
 * @remarks O(rows × columns) time and space.
 * @example matrixFromRows([[1, 2], [3, 4]]).values; // Float64Array [1, 2, 3, 4]
 */
export function matrixFromRows(rows: readonly ArrayLike<number>[], missingValues: MissingValues = 'refused'): Matrix {
  const columns = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, r) => {
    if (row.length !== columns) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `row ${r} must have ${columns} values as row 0 has; got ${row.length}`,
      );
    }
    values.set(row, r * columns);
  });
  const matrix = { values, rows: rows.length, columns };
  requireMatrix(matrix, 'features', missingValues);
  return matrix;
}

/**
 * @param subject - Names the matrix in messages.
 * @param missingValues - `allowed`: NaN is a missing value. Default `refused`.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` without rows or columns, `LENGTH_MISMATCH` when the values do not
 * fill the shape, `NOT_FINITE` with the place of the first NaN or infinity.
 */
export function requireMatrix(matrix: Matrix, subject: string, missingValues: MissingValues = 'refused'): void {
  requireShape(matrix, subject);
  requireFeatureValues(matrix, subject, missingValues);
}

function requireShape({ values, rows, columns }: Matrix, subject: string): void {
  if (!(rows >= 1 && columns >= 1)) {
    throw new InvalidInputError(
      'EMPTY_INPUT',
      `${subject} must have at least one row and one column; got ${rows} × ${columns}`,
    );
  }
  if (values.length !== rows * columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `${subject} of ${rows} × ${columns} must hold ${rows * columns} values; got ${values.length}`,
    );
  }
}
