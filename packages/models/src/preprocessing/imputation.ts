import { CompensatedSum, InvalidInputError } from '@mlperf/core';
import { rawArray, rawWhole } from '../random-forest/raw-value.ts';
import { requireRunning } from '../require-running.ts';
import { LARGEST_VALUE } from '../training-data.ts';
import { chosenColumns, presentValues, quantileOf, sortedValues } from './column-values.ts';
import type { ColumnChoice, FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requireFlag, requireStepOptions } from './step-options.ts';
import { asStored, storedNumbers, storedStep } from './stored-step.ts';

export interface ImputationOptions extends ColumnChoice {
  /** What a missing value becomes, of the training rows; `constant`: `value`. Default `median`. */
  readonly strategy?: 'mean' | 'median' | 'most-frequent' | 'constant';
  /** For `constant`; within ±1e100, default 0. */
  readonly value?: number;
  /** Whether each column with missing training values gets a column `<name>:missing` of 0 and 1; default true. */
  readonly indicator?: boolean;
}

const STRATEGIES: readonly string[] = ['mean', 'median', 'most-frequent', 'constant'];

/**
 * Missing values filled in, and said so: the column, and after all columns its indicators.
 *
 * `most-frequent`: of values equally frequent the smallest. A column of which no training row has a value can be filled
 * by `constant` only.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`; `NOT_FOUND` | `INSUFFICIENT_DATA` when fitted.
 * @see scikit-learn, `SimpleImputer(add_indicator=True)`
 */
export function imputation(options: ImputationOptions = {}): PreprocessingStep {
  requireStepOptions(options, 'imputation', ['strategy', 'value', 'indicator']);
  requireFlag(options.indicator, 'indicator');
  const { strategy = 'median', value = 0, indicator = true } = options;
  if (!STRATEGIES.includes(strategy)) {
    throw new InvalidInputError('INVALID_TYPE', `strategy must be one of ${STRATEGIES.join(', ')}; got '${strategy}'`);
  }
  if (!(Math.abs(value) <= LARGEST_VALUE)) {
    throw new InvalidInputError('OUT_OF_RANGE', `value must be within ±${LARGEST_VALUE}; got ${value}`);
  }
  return {
    ...(options.columns === undefined ? { meets: 'missing-values' as const } : {}),
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const { values, columns: width } = train.features;
      const missing = (column: number) => {
        requireRunning(signal, 'preprocessing');
        for (let at = column; at < values.length; at += width) if (Number.isNaN(values[at])) return true;
        return false;
      };
      const fill = columns.map((column) => {
        if (strategy === 'constant') return value;
        if (strategy === 'mean') return meanOf(presentValues(train, column, signal));
        const sorted = sortedValues(train, column, signal);
        return strategy === 'median' ? quantileOf(sorted, 0.5) : mostFrequent(sorted);
      });
      return filled(train.featureNames, columns, fill, indicator ? columns.filter(missing) : []);
    },
  };
}

function filled(
  inputNames: readonly string[],
  columns: readonly number[],
  fill: readonly number[],
  indicated: readonly number[],
): FittedStep {
  const width = inputNames.length;
  const featureNames = [...inputNames, ...indicated.map((column) => `${inputNames[column]}:missing`)];
  const made = featureNames.length;
  if (new Set(featureNames).size < made) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `features must not be named as an indicator is, <name>:missing; got ${inputNames.join(', ')}`,
    );
  }
  return {
    inputNames: [...inputNames],
    featureNames,
    sources: Int32Array.from([...inputNames.keys(), ...indicated]),
    completes: columns.length === width,
    transformInto(values, rows, out) {
      for (let row = 0; row < rows; row++) {
        const from = row * width;
        const to = row * made;
        for (let c = 0; c < width; c++) out[to + c] = values[from + c]!;
        for (let k = 0; k < indicated.length; k++) {
          out[to + width + k] = Number.isNaN(values[from + indicated[k]!]) ? 1 : 0;
        }
        for (let k = 0; k < columns.length; k++) {
          const at = to + columns[k]!;
          if (Number.isNaN(out[at])) out[at] = fill[k]!;
        }
      }
    },
    toJSON: () => ({
      kind: 'imputation',
      formatVersion: 1,
      featureNames: [...inputNames],
      columns: [...columns],
      fill: [...fill],
      indicated: [...indicated],
    }),
  };
}

/** @throws `MODEL_FORMAT`. */
export function restoreImputation(value: unknown, at: string): FittedStep {
  const { inputNames, columns, rest } = storedStep(value, at, ['fill', 'indicated']);
  const indicated = rawArray(rest.indicated, `${at}.indicated`, 0, inputNames.length).map((column, i, all) => {
    const least = i === 0 ? 0 : Number(all[i - 1]) + 1;
    return rawWhole(column, `${at}.indicated[${i}]`, least, inputNames.length - 1);
  });
  const fill = storedNumbers(rest.fill, `${at}.fill`, columns.length);
  return asStored(at, () => filled(inputNames, columns, fill, indicated));
}

function meanOf(values: Float64Array): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.value / values.length;
}

function mostFrequent(sorted: Float64Array): number {
  let best = sorted[0]!;
  let most = 0;
  let run = 0;
  for (let i = 0; i < sorted.length; i++) {
    run = i > 0 && sorted[i] === sorted[i - 1] ? run + 1 : 1;
    if (run <= most) continue;
    most = run;
    best = sorted[i]!;
  }
  return best;
}
