import { InvalidInputError } from '@mlperf/core';
import { refusedModel } from '../random-forest/raw-value.ts';
import { columnStep } from './column-step.ts';
import { chosenColumns, quantileOf, sortedValues } from './column-values.ts';
import type { ColumnChoice, FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requirePair, requireStepOptions } from './step-options.ts';
import { storedNumbers, storedStep } from './stored-step.ts';

export interface WinsorizingOptions extends ColumnChoice {
  /** Lower and upper quantile, 0 ≤ low < high ≤ 1; default [0.01, 0.99]. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Outliers pulled in: values beyond two quantiles of the training rows become those quantiles.
 *
 * Quantiles with linear interpolation; later rows are pulled in to the quantiles of the training rows.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a bad range; `NOT_FOUND` | `INSUFFICIENT_DATA` when fitted.
 */
export function winsorizing(options: WinsorizingOptions = {}): PreprocessingStep {
  requireStepOptions(options, 'winsorizing', ['range']);
  const [low, high] = requirePair(options.range ?? [0.01, 0.99]);
  if (!(low >= 0 && low < high && high <= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `range must satisfy 0 ≤ low < high ≤ 1; got ${low} to ${high}`);
  }
  return {
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const sorted = columns.map((column) => sortedValues(train, column, signal));
      return clamped(
        train.featureNames,
        columns,
        sorted.map((values) => quantileOf(values, low)),
        sorted.map((values) => quantileOf(values, high)),
      );
    },
  };
}

function clamped(
  names: readonly string[],
  columns: readonly number[],
  lower: readonly number[],
  upper: readonly number[],
): FittedStep {
  return columnStep({
    kind: 'winsorizing',
    inputNames: [...names],
    columns,
    learned: { lower: [...lower], upper: [...upper] },
    // Math.min and Math.max keep NaN.
    rule: (k) => (values, out, at, width, length) => {
      for (let i = at; i < length; i += width) out[i] = Math.min(Math.max(values[i]!, lower[k]!), upper[k]!);
    },
  });
}

/** @throws `MODEL_FORMAT`. */
export function restoreWinsorizing(value: unknown, at: string): FittedStep {
  const { inputNames, columns, rest } = storedStep(value, at, ['lower', 'upper']);
  const [lower, upper] = (['lower', 'upper'] as const).map((key) =>
    storedNumbers(rest[key], `${at}.${key}`, columns.length),
  );
  lower!.forEach((value, k) => {
    if (value > upper![k]!) {
      throw refusedModel(`${at}.lower[${k}]`, `must be at most the upper ${upper![k]}; got ${value}`);
    }
  });
  return clamped(inputNames, columns, lower!, upper!);
}
