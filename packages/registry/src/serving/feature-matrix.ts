import { InvalidInputError, type Matrix } from '@mlperf/core';
import { type FeatureTypes, typeExpectation } from '../bundle/feature-types.ts';
import { describeNameDifference } from './feature-names.ts';
import type { FeatureRow, PredictionRequest } from './prediction-request.ts';

/** What a row is checked against. */
export interface FeatureSchema {
  /** The model's features, in the order of its columns. */
  readonly featureNames: readonly string[];
  readonly lookBack: number;
  /** Of those that are more than numbers, by name. */
  readonly featureTypes?: FeatureTypes;
  /** Whether NaN is a missing value, which the model has a rule for. */
  readonly missingValues: 'refused' | 'handled';
  /** The order of rows given without names; absent when rows must be given by name. */
  readonly rowOrder: readonly string[] | undefined;
}

/**
 * How many preceding rows came with a request.
 * @throws {@link InvalidInputError} `INVALID_TYPE` when they are no list.
 */
export function precedingRowCount({ precedingRows }: PredictionRequest): number {
  if (precedingRows === undefined) return 0;
  if (Array.isArray(precedingRows)) return precedingRows.length;
  throw new InvalidInputError('INVALID_TYPE', `precedingRows must be a list of rows; got ${kindOf(precedingRows)}`);
}

/**
 * The matrix a model needs for one prediction: the rows it looks back on, then the row itself.
 *
 * @returns shape (lookBack + 1 × features), row-major.
 * @param request - With at least `schema.lookBack` preceding rows; see {@link precedingRowCount}.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a row that is none; `INVALID_RECORD` when a row's features are not the model's, saying how they
 * differ, or a value is not of its feature's type; `LENGTH_MISMATCH` for too few values; `NOT_FINITE`, naming the feature.
 */
export function featureMatrix(request: PredictionRequest, schema: FeatureSchema): Matrix {
  const { featureNames, lookBack } = schema;
  const preceding = request.precedingRows ?? [];
  const skipped = preceding.length - lookBack;
  const rows = [...preceding.slice(skipped), request.features];
  const values = new Float64Array(rows.length * featureNames.length);
  rows.forEach((row, r) => {
    requireRow(row, r === lookBack ? 'features' : `precedingRows[${skipped + r}]`);
    writeRow(values, r * featureNames.length, row, schema);
  });
  return { values, rows: rows.length, columns: featureNames.length };
}

function writeRow(values: Float64Array, offset: number, row: FeatureRow, schema: FeatureSchema): void {
  const { featureNames, rowOrder } = schema;
  const named = isOrderedRow(row) ? undefined : row;
  if (isOrderedRow(row)) requireOrderedRow(row, featureNames, rowOrder);
  else requireNames(row, featureNames);
  const missing = schema.missingValues === 'handled';
  featureNames.forEach((name, column) => {
    const value: unknown = named === undefined ? (row as ArrayLike<number>)[column] : named[name];
    if (typeof value !== 'number' || !(Number.isFinite(value) || (missing && Number.isNaN(value)))) {
      const expected = missing ? 'a finite number, or NaN when missing' : 'a finite number';
      throw new InvalidInputError('NOT_FINITE', `feature '${name}' must be ${expected}; got ${String(value)}`);
    }
    const expected = Number.isNaN(value) ? undefined : typeExpectation(schema.featureTypes?.[name], value);
    if (expected !== undefined) {
      throw new InvalidInputError('INVALID_RECORD', `feature '${name}' must be ${expected}; got ${value}`);
    }
    values[offset + column] = value;
  });
}

function requireRow(row: unknown, subject: string): void {
  if (typeof row === 'object' && row !== null) return;
  throw new InvalidInputError('INVALID_TYPE', `${subject} must be a row of features; got ${kindOf(row)}`);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function isOrderedRow(row: FeatureRow): row is ArrayLike<number> {
  return Array.isArray(row) || ArrayBuffer.isView(row);
}

function requireNames(row: Readonly<Record<string, number>>, featureNames: readonly string[]): void {
  const names = Object.keys(row);
  if (names.length === featureNames.length && featureNames.every((name) => Object.hasOwn(row, name))) return;
  throw new InvalidInputError('INVALID_RECORD', describeNameDifference('features', featureNames, names) ?? 'features');
}

function requireOrderedRow(
  row: ArrayLike<number>,
  featureNames: readonly string[],
  rowOrder: readonly string[] | undefined,
): void {
  if (rowOrder === undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      'features must be given by name; rows in order need the predictor opened with featureNames',
    );
  }
  if (row.length !== featureNames.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have ${featureNames.length} values, one per feature; got ${row.length}`,
    );
  }
}
