import { InvalidInputError } from '@mlperf/core';
import { refusedModel } from '../random-forest/raw-value.ts';
import { LARGEST_VALUE } from '../training-data.ts';
import { columnStep } from './column-step.ts';
import { chosenColumns, sortedValues } from './column-values.ts';
import type { ColumnChoice, FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requireFlag, requirePair, requireStepOptions } from './step-options.ts';
import { storedNumbers, storedStep } from './stored-step.ts';

export interface MinMaxScalingOptions extends ColumnChoice {
  /** Where the least and the greatest training value go; low < high, default [0, 1]. */
  readonly range?: readonly [low: number, high: number];
  /** Whether later values beyond those seen in training are kept inside the range; default false. */
  readonly clip?: boolean;
}

/** Below this a range is none, as in scikit-learn. */
const NO_RANGE = 10 * Number.EPSILON;

/**
 * From the range seen in training to a given one: y = x·s + (low − min·s), s = (high − low) / (max − min).
 *
 * A constant column goes to `low` (max − min counts as 1 there).
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a bad range; `NOT_FOUND` | `INSUFFICIENT_DATA` when fitted.
 * @see scikit-learn, `MinMaxScaler`
 */
export function minMaxScaling(options: MinMaxScalingOptions = {}): PreprocessingStep {
  requireStepOptions(options, 'minMaxScaling', ['range', 'clip']);
  requireFlag(options.clip, 'clip');
  const [low, high] = requirePair(options.range ?? [0, 1]);
  if (!(low >= -LARGEST_VALUE && low < high && high <= LARGEST_VALUE)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `range must satisfy low < high, both within ±${LARGEST_VALUE}; got ${low} to ${high}`,
    );
  }
  return {
    ...(options.columns === undefined ? { meets: 'scaling' as const } : {}),
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const ends = columns.map((column) => {
        const sorted = sortedValues(train, column, signal);
        return { min: sorted[0]!, max: sorted.at(-1)! };
      });
      const scale = ends.map(({ min, max }) => (high - low) / (max - min < NO_RANGE ? 1 : max - min));
      const lost = scale.findIndex((factor) => !(factor > 0));
      if (lost >= 0) {
        throw new InvalidInputError(
          'OUT_OF_RANGE',
          `range must not vanish beside the values of '${train.featureNames[columns[lost]!]}'; got ${low} to ${high}`,
        );
      }
      return stretched(train.featureNames, columns, {
        scale,
        offset: ends.map(({ min }, k) => low - min * scale[k]!),
        bounds: options.clip === true ? [low, high] : [],
      });
    },
  };
}

interface Stretch {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** Low and high to keep values within, or nothing. */
  readonly bounds: readonly number[];
}

function stretched(
  names: readonly string[],
  columns: readonly number[],
  { scale, offset, bounds }: Stretch,
): FittedStep {
  const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = bounds;
  return columnStep({
    kind: 'min-max',
    inputNames: [...names],
    columns,
    learned: { scale: [...scale], offset: [...offset], bounds: [...bounds] },
    // Math.min and Math.max keep NaN.
    rule: (k) => (values, out, at, width, length) => {
      for (let i = at; i < length; i += width) {
        out[i] = Math.min(Math.max(values[i]! * scale[k]! + offset[k]!, low), high);
      }
    },
  });
}

/** @throws `MODEL_FORMAT`. */
export function restoreMinMax(value: unknown, at: string): FittedStep {
  const { inputNames, columns, rest } = storedStep(value, at, ['scale', 'offset', 'bounds']);
  const count = Array.isArray(rest.bounds) && rest.bounds.length === 0 ? 0 : 2;
  const bounds = storedNumbers(rest.bounds, `${at}.bounds`, count);
  if (count === 2 && !(bounds[0]! < bounds[1]!)) {
    throw refusedModel(`${at}.bounds`, `must be low < high; got ${bounds.join(' and ')}`);
  }
  return stretched(inputNames, columns, {
    scale: storedNumbers(rest.scale, `${at}.scale`, columns.length, Number.MIN_VALUE),
    offset: storedNumbers(rest.offset, `${at}.offset`, columns.length),
    bounds,
  });
}
