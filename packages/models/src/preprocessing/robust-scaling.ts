import { InvalidInputError } from '@mlperf/core';
import { chosenColumns, quantileOf, sortedValues } from './column-values.ts';
import type { ColumnChoice, PreprocessingStep } from './preprocessing-step.ts';
import { centred } from './standard-scaling.ts';
import { requirePair, requireStepOptions } from './step-options.ts';

export interface RobustScalingOptions extends ColumnChoice {
  /** Lower and upper quantile of the range scaled by, 0 ≤ low < high ≤ 1; default [0.25, 0.75]. */
  readonly range?: readonly [low: number, high: number];
}

/** Below this a range is none, as in scikit-learn. */
const NO_RANGE = 10 * Number.EPSILON;

/**
 * Scale that outliers do not move: z = (x − median) / (upper − lower quantile of the training rows).
 *
 * Quantiles with linear interpolation. A column whose range is below 10·2⁻⁵² is centred and not scaled.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a bad range; `NOT_FOUND` | `INSUFFICIENT_DATA` when fitted.
 * @see scikit-learn, `RobustScaler`
 */
export function robustScaling(options: RobustScalingOptions = {}): PreprocessingStep {
  requireStepOptions(options, 'robustScaling', ['range']);
  const [low, high] = requirePair(options.range ?? [0.25, 0.75]);
  if (!(low >= 0 && low < high && high <= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `range must satisfy 0 ≤ low < high ≤ 1; got ${low} to ${high}`);
  }
  return {
    ...(options.columns === undefined ? { meets: 'scaling' as const } : {}),
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const sorted = columns.map((column) => sortedValues(train, column, signal));
      return centred('robust', train.featureNames, columns, {
        center: sorted.map((values) => quantileOf(values, 0.5)),
        scale: sorted.map((values) => {
          const range = quantileOf(values, high) - quantileOf(values, low);
          return range < NO_RANGE ? 1 : range;
        }),
      });
    },
  };
}
