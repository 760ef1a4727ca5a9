import { type Dataset, type FitContext, InvalidInputError, type MissingValues, requireMatrix } from '@mlperf/core';
import { requireFitArguments } from './fit-arguments.ts';
import { namesProblem } from './model-names.ts';
import { requireRunning } from './require-running.ts';

/** Features and class weights lie within this, so that no product or sum of squares of two overflows. */
export const LARGEST_VALUE = 1e100;
/** Values between two looks at the signal: a power of two, a fraction of a millisecond. */
const LOOK_EVERY = 65_536;

/** Asks the signal at value 0, 65,536, … of a loop. @throws `ABORTED`. */
export function lookAt(signal: AbortSignal, i: number, modelType: string): void {
  if ((i & (LOOK_EVERY - 1)) === 0) requireRunning(signal, modelType);
}

/**
 * Checks a training set whoever made it: a `Dataset` need not come from `createDataset`.
 *
 * @param missingValues - Whether the family takes NaN for a missing feature.
 * @throws {@link InvalidInputError} `INVALID_TYPE` | `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`
 * (a target that is no class, a weight below 0, weights without a finite sum above 0, a feature beyond ±1e100) |
 * `INVALID_RECORD` (names of features or classes); `ABORTED`.
 */
export function requireTrainingData(
  train: Dataset,
  context: FitContext,
  modelType: string,
  missingValues: MissingValues,
): void {
  requireFitArguments(train, context);
  const { features, featureNames, classes, targets, weights } = train;
  const { signal } = context;
  requireRunning(signal, modelType);
  requireMatrix(features, 'features', missingValues);
  const columns = ['targets', 'timestamps', 'labelEndsAt', 'groups', 'prices', 'returns', 'weights'] as const;
  for (const name of columns) {
    const length = train[name]?.length ?? features.rows;
    if (length !== features.rows) throw mismatch(name, features.rows, length);
  }
  if (featureNames.length !== features.columns) throw mismatch('featureNames', features.columns, featureNames.length);
  const problem = namesProblem(featureNames) ?? (classes && namesProblem(classes));
  if (problem !== undefined) {
    throw new InvalidInputError('INVALID_RECORD', `names of features and classes ${problem}`);
  }
  requireValues(train, signal, modelType);
  targets.forEach((target, row) => {
    lookAt(signal, row, modelType);
    if (!Number.isFinite(target)) {
      throw new InvalidInputError('NOT_FINITE', `targets of row ${row} must be finite; got ${target}`);
    }
    if (classes === undefined ? Math.abs(target) <= LARGEST_VALUE : isIndex(target, classes.length)) return;
    const expected = classes === undefined ? `within ±${LARGEST_VALUE}` : `an index into the ${classes.length} classes`;
    throw new InvalidInputError('OUT_OF_RANGE', `targets of row ${row} must be ${expected}; got ${target}`);
  });
  if (weights !== undefined) requireWeights(weights, signal, modelType);
}

function requireValues({ features, featureNames }: Dataset, signal: AbortSignal, modelType: string): void {
  const { values, columns } = features;
  for (let i = 0; i < values.length; i++) {
    lookAt(signal, i, modelType);
    // False for NaN, which is missing.
    if (!(Math.abs(values[i]!) > LARGEST_VALUE)) continue;
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `feature '${featureNames[i % columns]}' must be within ±${LARGEST_VALUE}; got ${values[i]} in row ${Math.floor(i / columns)}`,
    );
  }
}

function requireWeights(weights: Float64Array, signal: AbortSignal, modelType: string): void {
  let sum = 0;
  weights.forEach((weight, row) => {
    lookAt(signal, row, modelType);
    if (!Number.isFinite(weight)) {
      throw new InvalidInputError('NOT_FINITE', `weights of row ${row} must be finite; got ${weight}`);
    }
    if (weight < 0) throw new InvalidInputError('OUT_OF_RANGE', `weights of row ${row} must be ≥ 0; got ${weight}`);
    sum += weight;
  });
  if (sum > 0 && sum <= LARGEST_VALUE) return;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `weights must have a sum above 0 and at most ${LARGEST_VALUE}; got ${sum}`,
  );
}

function isIndex(target: number, count: number): boolean {
  return Number.isInteger(target) && target >= 0 && target < count;
}

function mismatch(name: string, expected: number, length: number): InvalidInputError {
  return new InvalidInputError('LENGTH_MISMATCH', `${name} must have ${expected} values; got ${length}`);
}
