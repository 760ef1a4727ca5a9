import { type Dataset, InvalidInputError, requireMatrix, selectRows } from '@mlperf/core';
import { type ClassWeights, rowWeights } from '../class-weights.ts';
import { namesProblem } from '../model-names.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_TARGET, MAX_TEXT, MAX_TOTAL_WEIGHT } from './limits.ts';

/** Rows to boost on: those of weight 0 are left out. */
export interface TrainingData extends TrainingRows {
  readonly dataset: Dataset;
}

/** What is read of them while trees grow. */
export interface TrainingRows {
  readonly dataset: Pick<Dataset, 'features' | 'targets' | 'classes'>;
  /** > 0; absent when all are 1. */
  readonly weights: Float64Array | undefined;
}

/**
 * Checks the data set before anything is trained.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` (an infinity; a NaN unless the
 * data set allows missing values) | `INVALID_TYPE` (classes for a regression, or none) | `SINGLE_CLASS` |
 * `OUT_OF_RANGE` (a label outside the classes, a bad weight, a target or weights too large, too many or too long
 * names) | `INVALID_RECORD` (a name twice, empty or `__proto__`).
 */
export function requireTrainingData(
  dataset: Dataset,
  task: 'classification' | 'regression',
  classWeights: ClassWeights | undefined,
): TrainingData {
  requireRows(dataset, 'features');
  requireNameable(dataset);
  requireTargets(dataset, task, 'targets');
  if (dataset.weights !== undefined) requireWeights(dataset.weights, dataset.features.rows);
  const weights = rowWeights(dataset, classWeights);
  return weights === undefined ? { dataset, weights } : weighted(dataset, weights);
}

/** At least two classes occur. @throws {@link InvalidInputError} `SINGLE_CLASS`. */
export function requireTwoClasses({ targets, classes }: TrainingRows['dataset']): void {
  if (classes === undefined) return;
  const first = targets[0];
  if (targets.some((label) => label !== first)) return;
  throw new InvalidInputError(
    'SINGLE_CLASS',
    `targets must hold at least two classes among the rows trained on; got only '${classes[first ?? 0]}'`,
  );
}

/**
 * Checks rows to be scored against those trained on.
 * @throws {@link InvalidInputError} As {@link requireTrainingData}; `INVALID_TYPE` for other classes.
 */
export function requireValidationData(
  validation: Dataset,
  train: Dataset,
  task: 'classification' | 'regression',
): void {
  if (validation.classes?.join('\n') !== train.classes?.join('\n')) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `validation must have the classes ${train.classes?.join(', ') ?? 'none'}; got ${validation.classes?.join(', ') ?? 'none'}`,
    );
  }
  if (validation.features.columns !== train.features.columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `validation must have ${train.features.columns} columns; got ${validation.features.columns}`,
    );
  }
  requireRows(validation, 'validation features');
  requireTargets(validation, task, 'validation targets');
}

function requireRows({ features, featureNames, targets, missingValues }: Dataset, subject: string): void {
  requireMatrix(features, subject, missingValues);
  requireCount('featureNames', featureNames.length, features.columns);
  requireCount('targets', targets.length, features.rows);
}

function requireTargets({ targets, classes }: Dataset, task: 'classification' | 'regression', subject: string): void {
  if ((classes === undefined) !== (task === 'regression')) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      task === 'regression'
        ? `a regression must be trained on values; got the classes ${classes!.join(', ')}`
        : 'a classification must be trained on classes; got a regression data set',
    );
  }
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!;
    if (classes === undefined) {
      if (!Number.isFinite(target)) {
        throw new InvalidInputError('NOT_FINITE', `${subject} of row ${row} must be finite; got ${target}`);
      }
      if (Math.abs(target) > MAX_TARGET) {
        throw new InvalidInputError(
          'OUT_OF_RANGE',
          `${subject} of row ${row} must be at most ${MAX_TARGET} in size; got ${target}`,
        );
      }
    } else if (!(Number.isInteger(target) && target >= 0 && target < classes.length)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${subject} of row ${row} must be an index into the ${classes.length} classes; got ${target}`,
      );
    }
  }
}

function requireWeights(weights: Float64Array, rows: number): void {
  requireCount('weights', weights.length, rows);
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!Number.isFinite(weight)) {
      throw new InvalidInputError('NOT_FINITE', `weights of row ${row} must be finite; got ${weight}`);
    }
    if (weight < 0) throw new InvalidInputError('OUT_OF_RANGE', `weights of row ${row} must be ≥ 0; got ${weight}`);
  }
}

function weighted(dataset: Dataset, weights: Float64Array): TrainingData {
  let total = 0;
  const kept: number[] = [];
  for (let row = 0; row < weights.length; row++) {
    total += weights[row]!;
    if (weights[row]! > 0) kept.push(row);
  }
  if (!(total > 0 && total <= MAX_TOTAL_WEIGHT)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `weights must have a sum above 0 and at most ${MAX_TOTAL_WEIGHT}; got ${total}`,
    );
  }
  if (kept.length === weights.length) return { dataset, weights };
  return { dataset: selectRows(dataset, kept), weights: Float64Array.from(kept, (row) => weights[row]!) };
}

/** A model that trains must also load again. */
function requireNameable({ classes = [], featureNames }: Dataset): void {
  for (const [subject, names] of Object.entries({ classes, featureNames })) {
    const problem = namesProblem(names);
    if (problem !== undefined) throw new InvalidInputError('INVALID_RECORD', `${subject} ${problem}`);
  }
  if (classes.length > MAX_CLASSES || featureNames.length > MAX_FEATURES) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `gradient boosting takes up to ${MAX_CLASSES} classes and ${MAX_FEATURES} features; got ${classes.length} and ${featureNames.length}`,
    );
  }
  const tooLong = [...classes, ...featureNames].find((name) => name.length > MAX_TEXT);
  if (tooLong !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `names of classes and features must have at most ${MAX_TEXT} characters; got ${tooLong.length}`,
    );
  }
}

function requireCount(name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new InvalidInputError('LENGTH_MISMATCH', `${name} must have ${expected} values; got ${length}`);
  }
}
