import { InvalidInputError } from '@mlperf/core';
import { rawArray, rawText } from '../random-forest/raw-value.ts';
import { chosenColumns, sortedValues } from './column-values.ts';
import type { FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requireStepOptions } from './step-options.ts';
import { asStored, storedAscending, storedStep } from './stored-step.ts';

export interface OneHotOptions {
  /** Names of the features that are categories written as numbers. */
  readonly columns: readonly string[];
  /** What a category not seen in training is: refused (the default), or none of those seen. */
  readonly unknown?: 'refused' | 'none';
  /** Most categories of a column, 1 to 1,000; default 100. */
  readonly maxCategories?: number;
}

const MOST_CATEGORIES = 1_000;

/**
 * A column of 0 and 1 for each category: `<name>=<value>`, in the place of the column, categories ascending.
 *
 * A missing value is none of the categories: all of its columns are 0.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`; when fitted `NOT_FOUND` | `INSUFFICIENT_DATA` |
 * `OUT_OF_RANGE` for more than `maxCategories`.
 * @see scikit-learn, `OneHotEncoder`
 */
export function oneHot(options: OneHotOptions): PreprocessingStep {
  requireStepOptions(options, 'oneHot', ['unknown', 'maxCategories']);
  const { unknown = 'refused', maxCategories = 100 } = options;
  if (!(Number.isInteger(maxCategories) && maxCategories >= 1 && maxCategories <= MOST_CATEGORIES)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `maxCategories must be whole, 1 to ${MOST_CATEGORIES}; got ${maxCategories}`,
    );
  }
  if (unknown !== 'refused' && unknown !== 'none') {
    throw new InvalidInputError('INVALID_TYPE', `unknown must be 'refused' or 'none'; got '${unknown}'`);
  }
  return {
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const categories = columns.map((column) => {
        const distinct = sortedValues(train, column, signal).filter(
          (value, i, sorted) => i === 0 || value !== sorted[i - 1],
        );
        if (distinct.length > maxCategories) {
          throw new InvalidInputError(
            'OUT_OF_RANGE',
            `feature '${train.featureNames[column]}' must have at most ${maxCategories} categories; got ${distinct.length}`,
          );
        }
        // Adding 0 turns −0 into 0, which is the same category.
        return distinct.map((value) => value + 0);
      });
      return encoded(train.featureNames, columns, categories, unknown);
    },
  };
}

function encoded(
  inputNames: readonly string[],
  columns: readonly number[],
  categories: readonly Float64Array[],
  unknown: 'refused' | 'none',
): FittedStep {
  const width = inputNames.length;
  const featureNames: string[] = [];
  const sources: number[] = [];
  const start: number[] = [];
  // Indexed by input column; undefined for columns that pass through.
  const byColumn = new Array<Float64Array | undefined>(width).fill(undefined);
  columns.forEach((column, k) => {
    byColumn[column] = categories[k]!;
  });
  inputNames.forEach((name, column) => {
    start.push(featureNames.length);
    const values = byColumn[column];
    if (values === undefined) featureNames.push(name);
    else featureNames.push(...Array.from(values, (value) => `${name}=${value}`));
    while (sources.length < featureNames.length) sources.push(column);
  });
  const made = featureNames.length;
  if (new Set(featureNames).size < made) {
    throw new InvalidInputError('INVALID_RECORD', 'features must not be named as a category is, <name>=<value>');
  }
  return {
    inputNames: [...inputNames],
    featureNames,
    sources: Int32Array.from(sources),
    completes: columns.length === width,
    transformInto(values, rows, out, firstRow = 0) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < width; column++) {
          const value = values[row * width + column]!;
          const at = row * made + start[column]!;
          const known = byColumn[column];
          if (known === undefined) {
            out[at] = value;
            continue;
          }
          let found = Number.isNaN(value) || unknown === 'none';
          for (let c = 0; c < known.length; c++) {
            const same = known[c] === value;
            out[at + c] = same ? 1 : 0;
            if (same) found = true;
          }
          if (!found) {
            throw new InvalidInputError(
              'OUT_OF_RANGE',
              `feature '${inputNames[column]}' must be a category seen in training; got ${value} in row ${firstRow + row}`,
            );
          }
        }
      }
    },
    toJSON: () => ({
      kind: 'one-hot',
      formatVersion: 1,
      featureNames: [...inputNames],
      columns: [...columns],
      categories: categories.map((values) => Array.from(values)),
      unknown,
    }),
  };
}

/** @throws `MODEL_FORMAT`. */
export function restoreOneHot(value: unknown, at: string): FittedStep {
  const { inputNames, columns, rest } = storedStep(value, at, ['categories', 'unknown']);
  const unknown = rawText(rest.unknown, `${at}.unknown`, ['refused', 'none']);
  const tables = rawArray(rest.categories, `${at}.categories`, columns.length, columns.length);
  const categories = tables.map((table, k) =>
    Float64Array.from(storedAscending(table, `${at}.categories[${k}]`, 1, MOST_CATEGORIES)),
  );
  return asStored(at, () => encoded(inputNames, columns, categories, unknown === 'none' ? 'none' : 'refused'));
}
