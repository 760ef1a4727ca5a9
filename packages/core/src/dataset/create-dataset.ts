import { InvalidInputError } from '../errors.ts';
import type { Dataset, Matrix } from './dataset.ts';
import { matrixFromRows, requireMatrix } from './matrix.ts';
import type { MissingValues } from './missing-values.ts';
import { requireTimeOrder } from './time-order.ts';

/** What a dataset is made of. Arrays of the right type are taken over, not copied: do not write to them later. */
export interface DatasetInput {
  /** Shape (rows × columns), finite: a matrix, or one array per row. */
  readonly features: Matrix | readonly ArrayLike<number>[];
  /** `allowed`: NaN in features is a missing value, which not every family takes. Default `refused`. */
  readonly missingValues?: MissingValues;
  /** One per column, unique, not empty. */
  readonly featureNames: readonly string[];
  /** Class indices into `classes`, or finite values when there are no classes. */
  readonly targets: ArrayLike<number>;
  /** At least two, unique, not empty; leave out for a regression. */
  readonly classes?: readonly string[];
  /** Epoch milliseconds, ascending within each group (ties allowed). */
  readonly timestamps: ArrayLike<number>;
  /** Epoch milliseconds, each ≥ the row's timestamp. */
  readonly labelEndsAt: ArrayLike<number>;
  /** Indices into `groupNames`. */
  readonly groups?: ArrayLike<number>;
  readonly groupNames?: readonly string[];
  /** Positive and finite. */
  readonly prices?: ArrayLike<number>;
  /** Simple returns ≥ −1, finite. */
  readonly returns?: ArrayLike<number>;
  /** ≥ 0 and finite, at least one above 0. */
  readonly weights?: ArrayLike<number>;
}

/**
 * A dataset that keeps every promise of {@link Dataset}; anything else is refused, naming the row.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` (no rows, no columns, an empty name) | `LENGTH_MISMATCH` |
 * `NOT_FINITE` | `OUT_OF_RANGE` (a target that is no class, a label that ends before its row, a negative weight or
 * price, a group without a name) | `UNSORTED` (timestamps, within a group) | `INVALID_RECORD` (a name given twice or
 * one that cannot be stored, `groups` without `groupNames` or the reverse) | `INVALID_TYPE` (`missingValues`).
 * @remarks O(rows × columns) time. Float64Array, Int32Array and Matrix inputs are not copied.
 * @example
 * createDataset({ features: [[1], [2]], featureNames: ['momentum'], targets: [0, 1], classes: ['down', 'up'],
 *   timestamps: [0, 1], labelEndsAt: [1, 2] });
 */
export function createDataset(input: DatasetInput): Dataset {
  const missingValues = requireMissingValues(input.missingValues);
  const features = isMatrix(input.features) ? input.features : matrixFromRows(input.features, missingValues);
  requireMatrix(features, 'features', missingValues);
  requireNames(input.featureNames, 'featureNames');
  requireLength(input.featureNames, features.columns, 'featureNames', 'columns');

  const column = (name: ColumnName, low: number, open = false): Float64Array => {
    const values = input[name] ?? [];
    requireLength(values, features.rows, name, 'rows');
    return requireNumbers(toFloat64(values), name, low, open);
  };
  const timestamps = column('timestamps', Number.NEGATIVE_INFINITY);
  const labelEndsAt = column('labelEndsAt', Number.NEGATIVE_INFINITY);
  const targets = column('targets', Number.NEGATIVE_INFINITY);
  for (let row = 0; row < features.rows; row++) {
    if (labelEndsAt[row]! < timestamps[row]!) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `labelEndsAt of row ${row} must not be before its timestamp ${timestamps[row]}; got ${labelEndsAt[row]}`,
      );
    }
  }
  const dataset: Dataset = {
    features,
    ...(missingValues === 'allowed' ? { missingValues } : {}),
    featureNames: [...input.featureNames],
    targets,
    ...(input.classes === undefined ? {} : { classes: requireClasses(input.classes, targets) }),
    timestamps,
    labelEndsAt,
    ...requireGroups(input, features.rows),
    ...(input.prices === undefined ? {} : { prices: column('prices', 0, true) }),
    ...(input.returns === undefined ? {} : { returns: column('returns', -1) }),
    ...(input.weights === undefined ? {} : { weights: requireWeights(column('weights', 0)) }),
  };
  requireTimeOrder(dataset);
  return dataset;
}

/** Names become keys of stored records; no store takes these. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

function requireMissingValues(given: MissingValues = 'refused'): MissingValues {
  if (given === 'refused' || given === 'allowed') return given;
  throw new InvalidInputError('INVALID_TYPE', `missingValues must be 'refused' or 'allowed'; got ${String(given)}`);
}

type ColumnName = 'timestamps' | 'labelEndsAt' | 'targets' | 'prices' | 'returns' | 'weights';

function isMatrix(features: DatasetInput['features']): features is Matrix {
  return 'values' in features && features.values instanceof Float64Array;
}

function toFloat64(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

function requireNumbers(values: Float64Array, name: string, low: number, open: boolean): Float64Array {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (!Number.isFinite(value)) {
      throw new InvalidInputError('NOT_FINITE', `${name} of row ${row} must be finite; got ${value}`);
    }
    if (value < low || (open && value === low)) {
      const bound = open ? `above ${low}` : `at least ${low}`;
      throw new InvalidInputError('OUT_OF_RANGE', `${name} of row ${row} must be ${bound}; got ${value}`);
    }
  }
  return values;
}

function requireWeights(weights: Float64Array): Float64Array {
  if (!weights.some((weight) => weight > 0)) {
    throw new InvalidInputError('OUT_OF_RANGE', 'weights must have at least one above 0; got only zeros');
  }
  return weights;
}

function requireClasses(classes: readonly string[], targets: Float64Array): readonly string[] {
  requireNames(classes, 'classes');
  if (classes.length < 2) {
    throw new InvalidInputError('SINGLE_CLASS', `classes must name at least two; got ${classes.length}`);
  }
  requireIndices(targets, classes.length, 'targets', 'classes');
  return [...classes];
}

function requireGroups(input: DatasetInput, rows: number): Pick<Dataset, 'groups' | 'groupNames'> {
  if (input.groups === undefined && input.groupNames === undefined) return {};
  if (input.groups === undefined || input.groupNames === undefined) {
    throw new InvalidInputError('INVALID_RECORD', 'groups and groupNames must be given together; got only one of them');
  }
  requireLength(input.groups, rows, 'groups', 'rows');
  requireNames(input.groupNames, 'groupNames');
  requireIndices(input.groups, input.groupNames.length, 'groups', 'groupNames');
  const groups = input.groups instanceof Int32Array ? input.groups : Int32Array.from(input.groups);
  return { groups, groupNames: [...input.groupNames] };
}

function requireIndices(values: ArrayLike<number>, count: number, name: string, names: string): void {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (!Number.isInteger(value) || value < 0 || value >= count) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${name} of row ${row} must be an index into the ${count} ${names}; got ${value}`,
      );
    }
  }
}

function requireLength(values: ArrayLike<unknown>, expected: number, name: string, unit: string): void {
  if (values.length !== expected) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `${name} must have ${expected} values to match the ${unit}; got ${values.length}`,
    );
  }
}

function requireNames(names: readonly string[], subject: string): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    if (typeof name !== 'string' || name === '') {
      throw new InvalidInputError('EMPTY_INPUT', `${subject}[${i}] must be a name; got ${JSON.stringify(name)}`);
    }
    if (FORBIDDEN_NAMES.has(name) || !name.isWellFormed() || name.includes('\u0000')) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `${subject}[${i}] must be a name that can be stored as a key; got ${JSON.stringify(name)}`,
      );
    }
    if (seen.has(name)) {
      throw new InvalidInputError('INVALID_RECORD', `${subject} must be unique; got '${name}' twice`);
    }
    seen.add(name);
  });
}
