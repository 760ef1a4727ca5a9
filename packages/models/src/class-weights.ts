import { type Dataset, InvalidInputError } from '@mlperf/core';
import { LARGEST_VALUE } from './training-data.ts';

/**
 * How much the rows of a class count.
 *
 * `balanced`: class c counts n / (k · n_c), with k classes that occur, n the number of rows and n_c that of class c, or
 * the sums of their weights where the data set has weights: every class counts the same in sum (scikit-learn's rule in
 * `LogisticRegression`; its forests count rows, also where there are weights). Or a weight from 0 to 1e100 per class label;
 * a label left out counts 1.
 */
export type ClassWeights = 'balanced' | Readonly<Record<string, number>>;

/**
 * The weight of each training row: its own weight in the dataset times that of its class.
 *
 * @returns length rows, ≥ 0, at least one above 0; `undefined` when every row counts 1.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for class weights of a regression or of another shape;
 * `OUT_OF_RANGE` for a label that is no class, a weight that is negative or above 1e100, or when every row weighs 0.
 * @remarks O(rows).
 * @example rowWeights(threeDownsOneUp, 'balanced'); // Float64Array [2/3, 2/3, 2/3, 2]
 */
export function rowWeights(dataset: Dataset, classWeights: ClassWeights | undefined): Float64Array | undefined {
  const { targets, weights } = dataset;
  if (classWeights === undefined) return weights;
  const byClass = weightByClass(dataset, classWeights);
  const out = new Float64Array(targets.length);
  let sum = 0;
  for (let row = 0; row < targets.length; row++) {
    const weight = byClass[targets[row]!]! * (weights?.[row] ?? 1);
    out[row] = weight;
    sum += weight;
  }
  if (!(sum > 0 && Number.isFinite(sum))) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `classWeights must leave rows with a finite sum of weights above 0; got ${sum}`,
    );
  }
  return out;
}

/**
 * Checks class weights without data, as a hyperparameter.
 * @throws {@link InvalidInputError} `INVALID_TYPE` | `OUT_OF_RANGE`.
 */
export function requireClassWeights(value: unknown): ClassWeights | undefined {
  if (value === undefined || value === 'balanced') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `classWeights must be 'balanced' or a weight per class label; got ${JSON.stringify(value)}`,
    );
  }
  const weights: [string, number][] = [];
  for (const [label, weight] of Object.entries(value)) {
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= LARGEST_VALUE)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `classWeights of '${label}' must be a number from 0 to ${LARGEST_VALUE}; got ${String(weight)}`,
      );
    }
    weights.push([label, weight]);
  }
  return Object.fromEntries(weights);
}

function weightByClass({ targets, classes, weights }: Dataset, given: ClassWeights): Float64Array {
  if (classes === undefined) {
    throw new InvalidInputError('INVALID_TYPE', 'classWeights need classes; got a regression data set');
  }
  const classWeights = requireClassWeights(given)!;
  if (classWeights !== 'balanced') {
    const unknown = Object.keys(classWeights).find((label) => !classes.includes(label));
    if (unknown !== undefined) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `classWeights must name classes among ${classes.join(', ')}; got '${unknown}'`,
      );
    }
    return Float64Array.from(classes, (label) => (Object.hasOwn(classWeights, label) ? classWeights[label]! : 1));
  }
  const counts = new Float64Array(classes.length);
  targets.forEach((target, row) => {
    counts[target]! += weights?.[row] ?? 1;
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return counts.map((count) => (count === 0 ? 0 : total / (present * count)));
}
