import { createDataset, type Dataset, type FitContext, keyedRandom } from '@mlperf/core';

export function fitContext(overrides: Partial<FitContext> = {}): FitContext {
  return {
    seed: 'seed-1',
    signal: new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
    ...overrides,
  };
}

export interface TableOptions {
  readonly classes?: readonly string[];
  readonly weights?: readonly number[];
  readonly labelLength?: number;
}

/** Rows one millisecond apart. NaN is a missing value. */
export function table(
  features: readonly (readonly number[])[],
  targets: readonly number[],
  { classes, weights, labelLength = 0 }: TableOptions = {},
): Dataset {
  return createDataset({
    features,
    missingValues: 'allowed',
    featureNames: features[0]!.map((_, i) => `f${i}`),
    targets: Float64Array.from(targets),
    ...(classes === undefined ? {} : { classes }),
    ...(weights === undefined ? {} : { weights: Float64Array.from(weights) }),
    timestamps: Float64Array.from(targets, (_, i) => i),
    labelEndsAt: Float64Array.from(targets, (_, i) => i + labelLength),
  });
}

/** `up` where f0 and f1 have the same sign, but for a share of flipped labels; f2 and f3 are noise. */
export function sameSigns(rows: number, seed: string, flipped = 0.1): Dataset {
  const random = keyedRandom(seed, 'same-signs');
  const features = Array.from({ length: rows }, () => Array.from({ length: 4 }, () => random.next() - 0.5));
  const targets = features.map(([a, b]) => (a! * b! > 0 !== random.next() < flipped ? 1 : 0));
  return table(features, targets, { classes: ['down', 'up'] });
}

/** Share of rows whose most probable class is the target. */
export function accuracyOf(dataset: Dataset, probabilities: Float64Array): number {
  const classes = dataset.classes!.length;
  let right = 0;
  dataset.targets.forEach((label, row) => {
    const own = [...probabilities.subarray(row * classes, (row + 1) * classes)];
    if (own.indexOf(Math.max(...own)) === label) right++;
  });
  return right / dataset.targets.length;
}
