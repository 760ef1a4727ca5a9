import { type Dataset, InvalidInputError, requireMatrix } from '@mlperf/core';
import { namesProblem } from '../model-names.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_TEXT } from './limits.ts';

/** The difference of two larger ones overflows, and thresholds are drawn and halved between neighbours. */
const LARGEST_FEATURE = Number.MAX_VALUE / 2;

/**
 * Checks features, names and weights before any tree is grown.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` (a weight below
 * 0, a feature whose double overflows, more names than a file may hold).
 */
export function requireForestData({ features, featureNames, targets, classes, weights }: Dataset): void {
  requireMatrix(features, 'features');
  requireCount('featureNames', featureNames.length, features.columns);
  requireCount('targets', targets.length, features.rows);
  for (let i = 0; i < features.values.length; i++) {
    if (Math.abs(features.values[i]!) > LARGEST_FEATURE) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `features of row ${Math.floor(i / features.columns)} must be at most ${LARGEST_FEATURE} in size; got ${features.values[i]}`,
      );
    }
  }
  if (weights !== undefined) requireWeights(weights, features.rows);
  requireNameable(featureNames, classes ?? []);
}

/**
 * Checks that the targets are indices into the classes and that two classes have a row of positive weight.
 *
 * @returns the class labels.
 * @throws {@link InvalidInputError} `INVALID_TYPE` (a regression) | `OUT_OF_RANGE` | `SINGLE_CLASS`.
 */
export function requireClassTargets(
  { targets, classes }: Dataset,
  weights: Float64Array | undefined,
): readonly string[] {
  if (classes === undefined) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      'a random forest of classes must be trained on classes; got a regression data set',
    );
  }
  const seen = new Set<number>();
  for (let row = 0; row < targets.length; row++) {
    const label = targets[row]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes.length)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `targets of row ${row} must be an index into the ${classes.length} classes; got ${label}`,
      );
    }
    if (weights === undefined || weights[row]! > 0) seen.add(label);
  }
  if (seen.size < 2) {
    const only = [...seen].map((label) => `'${classes[label]}'`).join('');
    throw new InvalidInputError('SINGLE_CLASS', `targets must hold at least two classes; got only ${only}`);
  }
  return classes;
}

export function requireSeed(seed: unknown): void {
  if (typeof seed !== 'string' || seed.length > MAX_TEXT) {
    throw new InvalidInputError('INVALID_TYPE', `seed must be a text of at most ${MAX_TEXT} characters`);
  }
}

/** A forest that trains must also load again. */
function requireNameable(featureNames: readonly string[], classes: readonly string[]): void {
  if (classes.length > MAX_CLASSES || featureNames.length > MAX_FEATURES) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `a random forest takes up to ${MAX_CLASSES} classes and ${MAX_FEATURES} features; got ${classes.length} and ${featureNames.length}`,
    );
  }
  for (const [at, names] of Object.entries({ classes, featureNames })) {
    const problem = namesProblem(names);
    if (problem !== undefined) throw new InvalidInputError('OUT_OF_RANGE', `${at} ${problem}`);
  }
  const tooLong = [...classes, ...featureNames].find((name) => name.length > MAX_TEXT);
  if (tooLong !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `names of classes and features must have at most ${MAX_TEXT} characters; got ${tooLong.length}`,
    );
  }
}

function requireWeights(weights: Float64Array, rows: number): void {
  requireCount('weights', weights.length, rows);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!Number.isFinite(weight)) {
      throw new InvalidInputError('NOT_FINITE', `weights of row ${row} must be finite; got ${weight}`);
    }
    if (weight < 0) throw new InvalidInputError('OUT_OF_RANGE', `weights of row ${row} must be ≥ 0; got ${weight}`);
    sum += weight;
  }
  if (!(sum > 0 && Number.isFinite(sum))) {
    throw new InvalidInputError('OUT_OF_RANGE', `weights must have a finite sum above 0; got ${sum}`);
  }
}

function requireCount(name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new InvalidInputError('LENGTH_MISMATCH', `${name} must have ${expected} values; got ${length}`);
  }
}
