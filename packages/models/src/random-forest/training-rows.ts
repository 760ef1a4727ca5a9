import { type Dataset, InvalidInputError, requireMatrix } from '@mlperf/core';
import type { RandomForestParameters } from './parameters.ts';

/** Twice this overflows, and ml-cart splits at the mean of two neighbours. */
const LARGEST_FEATURE = Number.MAX_VALUE / 2;

/** A classification data set the forest can be trained on. */
export interface TrainingRows {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly weights?: Float64Array;
}

/**
 * Checks the data set before any tree is grown.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `INVALID_TYPE` (a regression) |
 * `SINGLE_CLASS` | `OUT_OF_RANGE` (a label outside the classes, a weight below 0, weights without `bootstrap`, a
 * feature whose double overflows).
 */
export function requireTrainingRows(dataset: Dataset, parameters: RandomForestParameters): TrainingRows {
  const { features, featureNames, targets, classes, weights } = dataset;
  if (classes === undefined) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      'a random forest must be trained on classes; got a regression data set',
    );
  }
  requireMatrix(features, 'features');
  requireCount('featureNames', featureNames.length, features.columns);
  requireCount('targets', targets.length, features.rows);
  if (weights !== undefined) requireWeights(weights, features.rows, parameters);

  const labels: number[] = [];
  const seen = new Set<number>();
  for (let row = 0; row < features.rows; row++) {
    const label = targets[row]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes.length)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `targets of row ${row} must be an index into the ${classes.length} classes; got ${label}`,
      );
    }
    labels.push(label);
    if (weights === undefined || weights[row]! > 0) seen.add(label);
  }
  if (seen.size < 2) {
    const only = [...seen].map((label) => `'${classes[label]}'`).join('');
    throw new InvalidInputError('SINGLE_CLASS', `targets must hold at least two classes; got only ${only}`);
  }
  return {
    rows: toRows(features.values, features.columns),
    labels,
    classes: [...classes],
    featureNames: [...featureNames],
    ...(weights === undefined ? {} : { weights }),
  };
}

function toRows(values: Float64Array, columns: number): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < values.length; start += columns) {
    const row = Array.from(values.subarray(start, start + columns));
    const tooLarge = row.find((value) => Math.abs(value) > LARGEST_FEATURE);
    if (tooLarge !== undefined) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `features of row ${rows.length} must be at most ${LARGEST_FEATURE} in size; got ${tooLarge}`,
      );
    }
    rows.push(row);
  }
  return rows;
}

function requireWeights(weights: Float64Array, rows: number, parameters: RandomForestParameters): void {
  requireCount('weights', weights.length, rows);
  if (!parameters.bootstrap) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      'bootstrap must be true where the data set has weights, since rows are drawn by weight; got false',
    );
  }
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!Number.isFinite(weight)) {
      throw new InvalidInputError('NOT_FINITE', `weights of row ${row} must be finite; got ${weight}`);
    }
    if (weight < 0) throw new InvalidInputError('OUT_OF_RANGE', `weights of row ${row} must be ≥ 0; got ${weight}`);
  }
}

function requireCount(name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new InvalidInputError('LENGTH_MISMATCH', `${name} must have ${expected} values; got ${length}`);
  }
}
