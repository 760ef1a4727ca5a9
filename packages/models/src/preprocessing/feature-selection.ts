import { type Dataset, InvalidInputError } from '@mlperf/core';
import { requireRunning } from '../require-running.ts';
import type { FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requireStepOptions } from './step-options.ts';
import { storedStep } from './stored-step.ts';

export interface FeatureSelectionOptions {
  /** Features kept; whole, ≥ 1. With fewer features all are kept. */
  readonly k: number;
  /**
   * What each feature tells of the target, in the order of the columns: the larger the more, absent the least. Such as
   * `anovaFScores` of `@mlperf/tuning`.
   */
  readonly scores: (train: Dataset) => readonly { readonly score?: number }[];
}

/**
 * The k features that score best on the training rows; of equal ones those that stand first. Inside a family with
 * preprocessing the choice is made in every fold anew: made once on all rows, it would have seen the rows it is tested on.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`; when fitted `LENGTH_MISMATCH` for another number of scores, and what
 * `scores` throws.
 * @see Ambroise & McLachlan (2002), PNAS 99:6562–6566, doi:10.1073/pnas.102102699: selection outside of the folds
 * @example withPreprocessing(randomForestFamily, [featureSelection({ k: 10, scores: anovaFScores })]);
 */
export function featureSelection(options: FeatureSelectionOptions): PreprocessingStep {
  requireStepOptions(options, 'featureSelection', ['k', 'scores']);
  const { k, scores } = options;
  if (!Number.isInteger(k) || k < 1) {
    throw new InvalidInputError('OUT_OF_RANGE', `k must be a whole number of at least 1; got ${k}`);
  }
  return {
    fit(train, signal) {
      requireRunning(signal, 'preprocessing');
      const found = scores(train);
      const count = train.featureNames.length;
      if (found.length !== count) {
        throw new InvalidInputError(
          'LENGTH_MISMATCH',
          `scores must give one for each of ${count} features; got ${found.length}`,
        );
      }
      const worth = found.map(({ score }) =>
        score === undefined || Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score,
      );
      const ranked = worth.map((_, column) => column).sort((a, b) => order(worth[b]!, worth[a]!) || a - b);
      return selected(
        train.featureNames,
        ranked.slice(0, k).sort((a, b) => a - b),
      );
    },
  };
}

/** @throws `MODEL_FORMAT`. */
export function restoreSelection(value: unknown, at: string): FittedStep {
  const { inputNames, columns } = storedStep(value, at, []);
  return selected(inputNames, columns);
}

function selected(inputNames: readonly string[], columns: readonly number[]): FittedStep {
  const names = [...inputNames];
  const width = names.length;
  return {
    inputNames: names,
    featureNames: columns.map((column) => names[column]!),
    sources: Int32Array.from(columns),
    completes: false,
    transformInto(values, rows, out) {
      let at = 0;
      for (let row = 0; row < rows; row++) {
        for (let c = 0; c < columns.length; c++) out[at++] = values[row * width + columns[c]!]!;
      }
    },
    toJSON: () => ({ kind: 'selection', formatVersion: 1, featureNames: [...names], columns: [...columns] }),
  };
}

function order(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
