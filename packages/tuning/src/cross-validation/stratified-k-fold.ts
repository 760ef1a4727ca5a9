import { type Dataset, InvalidInputError, type JsonObject } from '@mlperf/core';
import type { KFoldOptions } from './k-fold.ts';
import { purgedFold } from './purged-fold.ts';
import { requireCount } from './require-count.ts';
import { requireLabelSpans } from './require-label-spans.ts';
import type { Fold, Splitter } from './splitter.ts';

/**
 * K-fold with the share of each class in each test block as even as whole rows allow. Not for time series: see
 * {@link KFold}.
 *
 * Fold f takes as many rows of class c as positions f, f + k, f + 2k … of all rows ordered by class hold of it, classes
 * in order of appearance; a class's rows go to the folds in order of their numbers, the first to fold 1. Training rows
 * whose label span meets a test span are purged. Without overlap the folds are those of scikit-learn's
 * `StratifiedKFold(shuffle=False)`.
 *
 * @remarks O(nSplits · rows · log rows). Unlike scikit-learn it refuses a test block of one class, of which half of the
 * metrics have no value.
 * @example new StratifiedKFold({ nSplits: 5 }).split(dataset);
 */
export class StratifiedKFold implements Splitter {
  readonly name = 'stratified-k-fold';
  readonly settings: JsonObject;
  readonly #nSplits: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ nSplits = 5 }: KFoldOptions = {}) {
    requireCount(nSplits, 'nSplits', 2);
    this.#nSplits = nSplits;
    this.settings = { nSplits };
  }

  /**
   * @throws {@link InvalidInputError} `INVALID_TYPE` for a regression; `SINGLE_CLASS` for a fold that would test one
   * class only; `OUT_OF_RANGE` for more folds than rows, or when the purge leaves a fold nothing to train on;
   * `UNSORTED`; what else {@link requireLabelSpans} throws.
   */
  split(dataset: Dataset): readonly Fold[] {
    requireLabelSpans(dataset);
    const { classes, targets } = dataset;
    const nSplits = this.#nSplits;
    if (classes === undefined) {
      throw new InvalidInputError('INVALID_TYPE', 'stratified folds need a dataset with classes; got a regression');
    }
    if (nSplits > targets.length) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${nSplits} folds need at least ${nSplits} rows; got ${targets.length}`,
      );
    }
    const foldOf = this.#assign(targets);
    return Array.from({ length: nSplits }, (_, k) => {
      const test = Uint32Array.from(foldOf.keys()).filter((row) => foldOf[row] === k);
      const first = targets[test[0]!]!;
      if (test.every((row) => targets[row] === first)) {
        throw new InvalidInputError(
          'SINGLE_CLASS',
          `fold ${k + 1} of ${nSplits} must test at least two classes; got only '${classes[first]}' in ${test.length} ` +
            'rows: use fewer folds',
        );
      }
      return purgedFold(dataset, test, 0, `fold ${k + 1} of ${nSplits}`);
    });
  }

  /** The fold of each row. */
  #assign(targets: Float64Array): Uint32Array {
    const rowsOfClass = new Map<number, number[]>();
    targets.forEach((target, row) => {
      const rows = rowsOfClass.get(target);
      if (rows === undefined) rowsOfClass.set(target, [row]);
      else rows.push(row);
    });
    const foldOf = new Uint32Array(targets.length);
    let position = 0;
    for (const rows of rowsOfClass.values()) {
      const folds = rows.map(() => position++ % this.#nSplits).sort((a, b) => a - b);
      rows.forEach((row, i) => {
        foldOf[row] = folds[i]!;
      });
    }
    return foldOf;
  }
}
