import { type Dataset, InvalidInputError, requireMatrix } from '@mlperf/core';
import { addLeafAnswers, type CompiledForest } from './compiled-forest.ts';

/** How well a growing forest answers the validation rows. */
export interface ValidationScore {
  /** Takes further trees in. @returns accuracy in [0, 1]; or, of a regression, the root mean squared error, negated. */
  add(trees: CompiledForest): number;
}

interface TrainedOn {
  /** Absent for a regression. */
  readonly classes?: readonly string[];
  readonly featureNames: readonly string[];
  /** Called every few hundred rows; may throw. */
  readonly poll: () => void;
}

/**
 * Keeps the sums of leaf answers over the validation rows, so that each tree costs one pass. Ties go to the class
 * named first. An error is negated, so that larger is better whatever the task.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` (a label that
 * is no class) | `INVALID_TYPE` (not the classes trained on).
 */
export function validationScore(validation: Dataset, { classes, featureNames, poll }: TrainedOn): ValidationScore {
  const { features, targets } = validation;
  if (validation.classes?.join('\n') !== classes?.join('\n')) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `validation must have the classes ${classes?.join(', ') ?? 'of a regression: none'}; got ${validation.classes?.join(', ') ?? 'none'}`,
    );
  }
  poll();
  requireMatrix(features, 'validation features');
  poll();
  if (features.columns !== featureNames.length || targets.length !== features.rows) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `validation must have ${featureNames.length} columns and a target per row; got ${features.columns} columns, ${features.rows} rows, ${targets.length} targets`,
    );
  }
  if (classes !== undefined) requireLabels(targets, classes.length);
  const outputs = classes?.length ?? 1;
  const sums = new Float64Array(features.rows * outputs);
  let trees = 0;
  return {
    add(further) {
      addLeafAnswers(further, features.values, features.columns, sums, poll);
      trees += further.roots.length;
      return classes === undefined ? -rootMeanSquaredError(sums, targets, trees) : accuracy(sums, targets, outputs);
    },
  };
}

/** Number of the largest of `count` values from `start`; the first of equals. */
export function largestOf(values: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}

function requireLabels(targets: Float64Array, classCount: number): void {
  const stray = targets.find((label) => !(Number.isInteger(label) && label >= 0 && label < classCount));
  if (stray !== undefined) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `validation targets must be indices into the ${classCount} classes; got ${stray}`,
    );
  }
}

function accuracy(sums: Float64Array, targets: Float64Array, classCount: number): number {
  let right = 0;
  for (let row = 0; row < targets.length; row++) {
    if (largestOf(sums, row * classCount, classCount) === targets[row]) right++;
  }
  return right / targets.length;
}

function rootMeanSquaredError(sums: Float64Array, targets: Float64Array, trees: number): number {
  let squares = 0;
  for (let row = 0; row < targets.length; row++) squares += (sums[row]! / trees - targets[row]!) ** 2;
  return Math.sqrt(squares / targets.length);
}
