import { type Dataset, InvalidInputError } from '@mlperf/core';
import { requireClassTargets, requireForestData } from '../training-checks.ts';
import type { LibraryForestParameters } from './library-parameters.ts';

/** A classification data set as ml-random-forest takes it. */
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
 * @throws {@link InvalidInputError} what {@link requireForestData} and {@link requireClassTargets} throw;
 * `OUT_OF_RANGE` for weights without `bootstrap`.
 */
export function requireTrainingRows(dataset: Dataset, parameters: LibraryForestParameters): TrainingRows {
  const { features, featureNames, targets, weights } = dataset;
  requireForestData(dataset);
  if (weights !== undefined && !parameters.bootstrap) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      'bootstrap must be true where the data set has weights, since rows are drawn by weight; got false',
    );
  }
  const classes = requireClassTargets(dataset, weights);
  const { columns, values } = features;
  return {
    rows: Array.from({ length: features.rows }, (_, row) =>
      Array.from(values.subarray(row * columns, (row + 1) * columns)),
    ),
    labels: Array.from(targets),
    classes: [...classes],
    featureNames: [...featureNames],
    ...(weights === undefined ? {} : { weights }),
  };
}
