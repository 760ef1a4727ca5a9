import { type Dataset, InvalidInputError, purgeTrainingRows } from '@mlperf/core';
import { requireLabelSpans } from './require-label-spans.ts';
import type { Fold } from './splitter.ts';

/**
 * Refuses folds that would give a wrong score, whoever made them: the last check before anything is trained.
 *
 * @throws {@link InvalidInputError} `INVALID_TYPE` for what are no folds; `EMPTY_INPUT` without folds, or for a fold without training or test rows;
 * `OUT_OF_RANGE` for a row that is not there, and for a leak: a training row that is also tested, or whose label span
 * meets a test span; `UNSORTED` for rows or
 * timestamps out of order; `SINGLE_CLASS` when the training rows of a fold have one label.
 * @remarks O(folds · rows · log rows).
 */
export function requireSoundFolds(dataset: Dataset, folds: readonly Fold[]): void {
  requireShape(folds);
  if (folds.length === 0)
    throw new InvalidInputError('EMPTY_INPUT', 'a splitter must make at least one fold; got none');
  requireLabelSpans(dataset);
  folds.forEach(({ train, test }, k) => {
    const fold = `fold ${k + 1} of ${folds.length}`;
    requireRows(train, dataset, `${fold}: training rows`);
    requireRows(test, dataset, `${fold}: test rows`);
    const kept = purgeTrainingRows(dataset, train, test);
    if (kept.length < train.length) {
      const leak = train.find((row, i) => kept[i] !== row) ?? 0;
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${fold}: no training label may be known only while a test row lives; got ${train.length - kept.length} such ` +
          `rows, the first is row ${leak} from ${dataset.timestamps[leak]} to ${dataset.labelEndsAt[leak]}`,
      );
    }
    if (dataset.classes === undefined) return;
    const first = dataset.targets[train[0]!]!;
    if (train.every((row) => dataset.targets[row] === first)) {
      throw new InvalidInputError(
        'SINGLE_CLASS',
        `${fold}: training rows must have at least two classes; got only '${dataset.classes[first]}' in ` +
          `${train.length} rows`,
      );
    }
  });
}

/** A splitter of the host may return anything. */
function requireShape(folds: unknown): void {
  if (!Array.isArray(folds)) {
    throw new InvalidInputError('INVALID_TYPE', `a splitter must return a list of folds; got ${typeof folds}`);
  }
  folds.forEach((fold: { readonly [K in keyof Fold]?: unknown } | null | undefined, k) => {
    if (fold?.train instanceof Uint32Array && fold.test instanceof Uint32Array) return;
    throw new InvalidInputError(
      'INVALID_TYPE',
      `fold ${k + 1} of ${folds.length} must have train and test, each a Uint32Array; it has not`,
    );
  });
}

function requireRows(rows: Uint32Array, dataset: Dataset, subject: string): void {
  if (rows.length === 0) throw new InvalidInputError('EMPTY_INPUT', `${subject} must be at least one; got none`);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! >= dataset.features.rows) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${subject} must be rows of the dataset, 0 to ${dataset.features.rows - 1}; got ${rows[i]}`,
      );
    }
    if (i > 0 && rows[i]! <= rows[i - 1]!) {
      throw new InvalidInputError(
        'UNSORTED',
        `${subject} must be strictly ascending; got ${rows[i]} after ${rows[i - 1]}`,
      );
    }
  }
}
