import { createDataset, type Dataset, type FitContext, keyedRandom } from '@mlperf/core';
import type { LstmParameters } from '@mlperf/models';

/** How many rows the label of a {@link signOfSum} series depends on. */
export const MEMORY = 3;

/**
 * Steps of ±1, and a column of noise far from 0; the label is `up` where the last three steps add up to more than 0. No
 * row alone can tell: the best rule on one row is right three times in four.
 */
export function signOfSum(rows: number, seed: string): Dataset {
  const random = keyedRandom(seed, 'sign-of-sum');
  const steps = Array.from({ length: rows }, () => (random.next() < 0.5 ? -1 : 1));
  return createDataset({
    features: steps.map((step) => [step, 1000 + 50 * random.next()]),
    featureNames: ['step', 'noise'],
    targets: steps.map((_, row) => (sumOfLast(steps, row) > 0 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps: steps.map((_, row) => row * 1000),
    labelEndsAt: steps.map((_, row) => row * 1000 + 500),
  });
}

/** As {@link signOfSum}, with the sum itself as the value, in units of 0.01 about 5. */
export function valueOfSum(rows: number, seed: string): Dataset {
  const { classes: _, ...dataset } = signOfSum(rows, seed);
  const steps = Array.from({ length: rows }, (__, row) => dataset.features.values[2 * row]!);
  return { ...dataset, targets: Float64Array.from(steps, (__, row) => 5 + 0.01 * sumOfLast(steps, row)) };
}

function sumOfLast(steps: readonly number[], row: number): number {
  return steps.slice(Math.max(0, row - MEMORY + 1), row + 1).reduce((sum, step) => sum + step, 0);
}

/** Learns {@link signOfSum} within a second. */
export const quick: Partial<LstmParameters> = {
  units: 8,
  lookBack: 3,
  epochs: 30,
  learningRate: 0.02,
  dropout: 0,
  batchSize: 16,
};

export function fitContext(overrides: Partial<FitContext> = {}): FitContext {
  return {
    seed: 'seed-1',
    signal: new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
    ...overrides,
  };
}

/** Share of rows with a full window whose most probable class is the target. */
export function accuracyOf(dataset: Dataset, lookBack: number, probabilities: Float64Array): number {
  const { targets } = dataset;
  const columns = dataset.classes!.length;
  let right = 0;
  for (let row = lookBack; row < targets.length; row++) {
    const answer = probabilities.subarray((row - lookBack) * columns, (row - lookBack + 1) * columns);
    if (answer.indexOf(Math.max(...answer)) === targets[row]) right++;
  }
  return right / (targets.length - lookBack);
}
