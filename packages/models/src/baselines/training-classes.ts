import { type Dataset, InvalidInputError, type Matrix, requireMatrix } from '@mlperf/core';
import { lookAt } from '../training-data.ts';

/**
 * The classes of a training set.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a regression.
 */
export function requireClasses({ classes }: Dataset, modelType: string): readonly string[] {
  if (classes !== undefined) return classes;
  throw new InvalidInputError('INVALID_TYPE', `'${modelType}' must be trained on classes; got a regression data set`);
}

/** Weight of the rows of each class. @param weights - By row; default 1 each. @throws `ABORTED`. */
export function weightOfClasses(
  dataset: Dataset,
  classes: number,
  weights: Float64Array | undefined,
  signal: AbortSignal,
): Float64Array {
  const sums = new Float64Array(classes);
  dataset.targets.forEach((target, row) => {
    lookAt(signal, row, 'a baseline');
    sums[target]! += weights?.[row] ?? 1;
  });
  return sums;
}

/** @throws `SINGLE_CLASS` unless at least two classes have weight. */
export function requireTwoClasses(sums: Float64Array, classes: readonly string[]): void {
  const present = classes.filter((_, c) => sums[c]! > 0);
  if (present.length >= 2) return;
  throw new InvalidInputError(
    'SINGLE_CLASS',
    `targets must hold at least two classes; got only ${present.map((name) => `'${name}'`).join('')}`,
  );
}

/** @throws `LENGTH_MISMATCH` | `EMPTY_INPUT` | `NOT_FINITE`. */
export function requireFeatures(features: Matrix, columns: number, missingValues: 'refused' | 'allowed'): void {
  if (features.columns !== columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have the ${columns} columns trained on; got ${features.columns}`,
    );
  }
  requireMatrix(features, 'features', missingValues);
}

/** @throws `LENGTH_MISMATCH`. */
export function requireOut(out: Float64Array, length: number): Float64Array {
  if (out.length === length) return out;
  throw new InvalidInputError('LENGTH_MISMATCH', `out must have ${length} values; got ${out.length}`);
}

/** @throws `INVALID_RECORD` for a parameter that the family does not have. */
export function requireKnown(given: object, known: readonly string[], modelType: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidInputError(
    'INVALID_RECORD',
    `'${modelType}' has the parameters ${known.join(', ') || 'none'}; got '${unknown}'`,
  );
}
