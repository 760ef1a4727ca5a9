import { CompensatedSum, type Dataset } from '@mlperf/core';
import { columnStep } from './column-step.ts';
import { chosenColumns, presentValues } from './column-values.ts';
import type { ColumnChoice, FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requireStepOptions } from './step-options.ts';
import { storedNumbers, storedStep } from './stored-step.ts';

/**
 * Centre and unit scale: z = (x − mean) / standard deviation of the training rows.
 *
 * Population deviation (divided by n). A column that is constant up to rounding is centred and not scaled, as in
 * scikit-learn: var ≤ n·ε·var + (n·mean·ε)², ε = 2⁻⁵². Rows count once each, whatever their weight.
 *
 * @throws `NOT_FOUND` | `INSUFFICIENT_DATA` when fitted.
 * @see scikit-learn, `StandardScaler`
 */
export function standardScaling(options: ColumnChoice = {}): PreprocessingStep {
  requireStepOptions(options, 'standardScaling', []);
  return {
    ...(options.columns === undefined ? { meets: 'scaling' as const } : {}),
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const moments = columns.map((column) => momentsOf(train, column, signal));
      return centred('standard', train.featureNames, columns, {
        center: moments.map(({ mean }) => mean),
        scale: moments.map(({ scale }) => scale),
      });
    },
  };
}

/** What `(x − center) / scale` needs, one number per column. */
export interface CenterAndScale {
  readonly center: readonly number[];
  readonly scale: readonly number[];
}

/** @param kind - `standard` or `robust`: how the numbers were found. */
export function centred(
  kind: string,
  inputNames: readonly string[],
  columns: readonly number[],
  { center, scale }: CenterAndScale,
): FittedStep {
  return columnStep({
    kind,
    inputNames: [...inputNames],
    columns,
    learned: { center: [...center], scale: [...scale] },
    rule: (k) => (values, out, at, width, length) => {
      for (let i = at; i < length; i += width) out[i] = (values[i]! - center[k]!) / scale[k]!;
    },
  });
}

/** @throws `MODEL_FORMAT`. */
export function restoreCentred(kind: string, value: unknown, at: string): FittedStep {
  const { inputNames, columns, rest } = storedStep(value, at, ['center', 'scale']);
  return centred(kind, inputNames, columns, {
    center: storedNumbers(rest.center, `${at}.center`, columns.length),
    scale: storedNumbers(rest.scale, `${at}.scale`, columns.length, Number.MIN_VALUE),
  });
}

function momentsOf(
  train: Dataset,
  column: number,
  signal: AbortSignal | undefined,
): { readonly mean: number; readonly scale: number } {
  const values = presentValues(train, column, signal);
  const n = values.length;
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  const mean = sum.value / n;
  const squares = new CompensatedSum();
  for (const value of values) squares.add((value - mean) ** 2);
  const variance = squares.value / n;
  const constant = variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
  return { mean, scale: constant ? 1 : Math.sqrt(variance) };
}
