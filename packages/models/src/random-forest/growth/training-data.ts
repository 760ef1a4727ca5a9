import { setImmediate } from 'node:timers/promises';
import { type Dataset, InvalidInputError } from '@mlperf/core';
import { type ClassWeights, rowWeights } from '../../class-weights.ts';
import { type BinnedColumns, binColumnSteps } from '../../histogram/bin-columns.ts';
import { requireClassTargets, requireForestData } from '../training-checks.ts';
import type { GrowthData } from './growth-data.ts';

interface DataOptions {
  readonly maxBins: number;
  readonly classWeights?: ClassWeights;
  /** Called every few milliseconds; may throw. */
  readonly poll: () => void;
}

/**
 * A classification data set as trees grow from it.
 * @throws {@link InvalidInputError} what `requireForestData`, `rowWeights` and `requireClassTargets` throw.
 */
export async function classGrowthData(train: Dataset, options: DataOptions): Promise<GrowthData> {
  requireForestData(train);
  requireClassTargets(train, train.weights);
  const weights = usedWeights(rowWeights(train, options.classWeights));
  const classes = requireClassTargets(train, weights);
  return {
    values: train.features.values,
    binned: await binned(train, options),
    labels: Uint16Array.from(train.targets),
    targetMean: 0,
    ...(weights === undefined ? {} : { weights }),
    slots: classes.length,
  };
}

/**
 * A regression data set as trees grow from it.
 * @throws {@link InvalidInputError} what `requireForestData` throws; `INVALID_TYPE` for classes; `NOT_FINITE` |
 * `OUT_OF_RANGE` for a target that is not finite or beyond 1e100.
 */
export async function regressionGrowthData(train: Dataset, options: DataOptions): Promise<GrowthData> {
  requireForestData(train);
  if (train.classes !== undefined) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `a regression must be trained on values; got the classes ${train.classes.join(', ')}`,
    );
  }
  requireTargets(train.targets);
  const weights = usedWeights(train.weights);
  const targetMean = meanOf(train.targets);
  return {
    values: train.features.values,
    binned: await binned(train, options),
    targets: train.targets.map((target) => target - targetMean),
    targetMean,
    ...(weights === undefined ? {} : { weights }),
    slots: 2,
  };
}

/** Column by column, with a turn of the event loop after each that is long. */
async function binned({ features }: Dataset, options: DataOptions): Promise<BinnedColumns> {
  const steps = binColumnSteps(features, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (features.rows > LONG_COLUMN) await setImmediate();
  }
}

/** Rows that take about a millisecond to sort. */
const LONG_COLUMN = 10_000;

/** Squares of targets are summed. */
const LARGEST_TARGET = 1e100;

/** Equal weights are none: then sums are whole numbers, and exact. */
function usedWeights(weights: Float64Array | undefined): Float64Array | undefined {
  return weights?.some((weight) => weight !== 1) ? weights : undefined;
}

function requireTargets(targets: Float64Array): void {
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!;
    if (!Number.isFinite(target)) {
      throw new InvalidInputError('NOT_FINITE', `targets of row ${row} must be finite; got ${target}`);
    }
    if (Math.abs(target) > LARGEST_TARGET) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `targets of row ${row} must be at most ${LARGEST_TARGET} in size; got ${target}`,
      );
    }
  }
}

function meanOf(values: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += (values[i]! - mean) / (i + 1);
  return mean;
}
