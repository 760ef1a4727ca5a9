import { type Dataset, InvalidInputError, requireMatrix } from '@mlperf/core';
import { addLeafShares, compileForest } from './compiled-forest.ts';
import type { ForestJson } from './forest-json.ts';
import type { TrainingRows } from './training-rows.ts';

/** Accuracy of a growing forest on validation rows. */
export interface ValidationScore {
  /** Takes further trees in. @returns the share of validation rows now classified rightly, in [0, 1]. */
  add(trees: ForestJson): number;
}

/**
 * Keeps the sums of leaf shares over the validation rows, so that each tree costs one pass. Ties go to the class
 * named first.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` (a label that
 * is no class) | `INVALID_TYPE` (not the classes trained on).
 */
export function validationScore(validation: Dataset, train: TrainingRows): ValidationScore {
  const { features, targets } = validation;
  const classCount = train.classes.length;
  if (validation.classes?.join('\n') !== train.classes.join('\n')) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `validation must have the classes ${train.classes.join(', ')}; got ${validation.classes?.join(', ') ?? 'none'}`,
    );
  }
  requireMatrix(features, 'validation features');
  if (features.columns !== train.featureNames.length || targets.length !== features.rows) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `validation must have ${train.featureNames.length} columns and a target per row; got ${features.columns} columns, ${features.rows} rows, ${targets.length} targets`,
    );
  }
  const stray = targets.find((label) => !(Number.isInteger(label) && label >= 0 && label < classCount));
  if (stray !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `validation targets must be indices into the ${classCount} classes; got ${stray}`,
    );
  }
  const sums = new Float64Array(features.rows * classCount);
  return {
    add(trees) {
      addLeafShares(compileForest(trees, classCount), features.values, features.columns, sums);
      let right = 0;
      for (let row = 0; row < features.rows; row++) {
        if (largest(sums, row * classCount, classCount) === targets[row]) right++;
      }
      return right / features.rows;
    },
  };
}

function largest(values: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}
