import { InvalidInputError, normalQuantile, normalQuantileInPlace } from '@mlperf/core';
import { rawArray, rawText } from '../random-forest/raw-value.ts';
import { columnStep } from './column-step.ts';
import { chosenColumns, quantileOf, sortedValues } from './column-values.ts';
import type { ColumnChoice, FittedStep, PreprocessingStep } from './preprocessing-step.ts';
import { requireStepOptions } from './step-options.ts';
import { storedAscending, storedStep } from './stored-step.ts';

export interface QuantileScalingOptions extends ColumnChoice {
  /** Quantiles kept per column, 2 to 10,000; at most one per training row. Default 1,000. */
  readonly quantiles?: number;
  /** What the training rows come to be distributed as; default `uniform` on [0, 1]. */
  readonly distribution?: 'uniform' | 'normal';
}

const MOST_QUANTILES = 10_000;
/** Normal scores lie within ±Φ⁻¹(1 − 1e-7) = ±5.1993: the ends of the range would be infinite. */
const TAIL = 1e-7 - Number.EPSILON;
const LEAST_NORMAL = normalQuantile(TAIL);

/**
 * The rank of a value among the training rows: F(x) in [0, 1], or Φ⁻¹(F(x)) for `normal`.
 *
 * F interpolates linearly between the kept quantiles; at a value that several quantiles share it is the middle of
 * theirs. Values at or beyond the ends get 0 and 1.
 *
 * @remarks Differs from scikit-learn's `QuantileTransformer` in one thing: with `normal` that also sends values nearer
 * than 1e-7 to an end there, which destroys features as small as returns. No rows are drawn: all of them are used.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`; `NOT_FOUND` | `INSUFFICIENT_DATA` when fitted.
 */
export function quantileScaling(options: QuantileScalingOptions = {}): PreprocessingStep {
  requireStepOptions(options, 'quantileScaling', ['quantiles', 'distribution']);
  const { quantiles = 1_000, distribution = 'uniform' } = options;
  if (!(Number.isInteger(quantiles) && quantiles >= 2 && quantiles <= MOST_QUANTILES)) {
    throw new InvalidInputError('OUT_OF_RANGE', `quantiles must be whole, 2 to ${MOST_QUANTILES}; got ${quantiles}`);
  }
  if (distribution !== 'uniform' && distribution !== 'normal') {
    throw new InvalidInputError('INVALID_TYPE', `distribution must be 'uniform' or 'normal'; got '${distribution}'`);
  }
  return {
    ...(options.columns === undefined ? { meets: 'scaling' as const } : {}),
    fit(train, signal) {
      const columns = chosenColumns(train.featureNames, options.columns);
      const count = Math.max(2, Math.min(quantiles, train.features.rows));
      return ranked(
        train.featureNames,
        columns,
        columns.map((column) => {
          const sorted = sortedValues(train, column, signal);
          return Float64Array.from({ length: count }, (_, i) => quantileOf(sorted, i / (count - 1)));
        }),
        distribution,
      );
    },
  };
}

function ranked(
  names: readonly string[],
  columns: readonly number[],
  quantiles: readonly Float64Array[],
  distribution: 'uniform' | 'normal',
): FittedStep {
  return columnStep({
    kind: 'quantile',
    inputNames: [...names],
    columns,
    learned: { distribution, quantiles: quantiles.map((values) => Array.from(values)) },
    rule: (k) => {
      const sorted = quantiles[k]!;
      return (values, out, at, width, length) => {
        for (let i = at; i < length; i += width) {
          writeRank(sorted, values, out, i);
          if (distribution === 'normal') writeNormalScore(out, i);
        }
      };
    },
  });
}

/** Replaces the rank `out[i]` by its normal score; keeps NaN. */
function writeNormalScore(out: Float64Array, i: number): void {
  const rank = out[i]!;
  if (rank <= TAIL) out[i] = LEAST_NORMAL;
  else if (rank >= 1 - TAIL) out[i] = -LEAST_NORMAL;
  else if (!Number.isNaN(rank)) normalQuantileInPlace(out, i);
}

/** Writes the rank of `values[i]` to `out[i]`. */
function writeRank(sorted: Float64Array, values: Float64Array, out: Float64Array, i: number): void {
  const last = sorted.length - 1;
  const value = values[i]!;
  if (value <= sorted[0]!) out[i] = 0;
  else if (value >= sorted[last]!) out[i] = 1;
  else if (Number.isNaN(value)) out[i] = value;
  else {
    const first = firstAtLeast(sorted, values, i);
    if (sorted[first] !== value) {
      const low = sorted[first - 1]!;
      out[i] = (first - 1 + (value - low) / (sorted[first]! - low)) / last;
      return;
    }
    let through = first;
    while (sorted[through + 1] === value) through++;
    out[i] = (first + through) / (2 * last);
  }
}

function firstAtLeast(sorted: Float64Array, values: Float64Array, i: number): number {
  const value = values[i]!;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @throws `MODEL_FORMAT`. */
export function restoreQuantile(value: unknown, at: string): FittedStep {
  const { inputNames, columns, rest } = storedStep(value, at, ['distribution', 'quantiles']);
  const distribution = rawText(rest.distribution, `${at}.distribution`, ['uniform', 'normal']);
  const tables = rawArray(rest.quantiles, `${at}.quantiles`, columns.length, columns.length);
  return ranked(
    inputNames,
    columns,
    tables.map((table, k) => Float64Array.from(storedAscending(table, `${at}.quantiles[${k}]`, 2, MOST_QUANTILES))),
    distribution === 'normal' ? 'normal' : 'uniform',
  );
}
