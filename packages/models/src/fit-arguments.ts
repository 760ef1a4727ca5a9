import { type Dataset, type FitContext, InvalidInputError } from '@mlperf/core';

/**
 * Checks that a fit was given a data set and a context at all, before anything inside of them is looked at.
 * @throws {@link InvalidInputError} `INVALID_TYPE`.
 */
export function requireFitArguments(train: Dataset, context: FitContext): void {
  if (!isDataset(train)) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      'the training data must be a data set: features, featureNames and targets in arrays',
    );
  }
  requireContext(context);
}

function isDataset(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { features, featureNames, targets, timestamps, labelEndsAt } = value as Partial<Dataset>;
  return (
    features?.values instanceof Float64Array &&
    targets instanceof Float64Array &&
    timestamps instanceof Float64Array &&
    labelEndsAt instanceof Float64Array &&
    Array.isArray(featureNames)
  );
}

function requireContext(context: unknown): void {
  const { signal, report, onProgress } = (context ?? {}) as Partial<FitContext>;
  // Only asked for, not asked: a look at the signal belongs to the fit.
  if (
    typeof signal === 'object' &&
    'aborted' in signal &&
    typeof report === 'function' &&
    typeof onProgress === 'function'
  )
    return;
  throw new InvalidInputError('INVALID_TYPE', 'the context must have a seed, a signal, report and onProgress');
}
