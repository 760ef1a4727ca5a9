import { createDataset, type Dataset, type FitContext, keyedRandom } from '@mlperf/core';

/** Rows whose label is `up` where momentum exceeds 0, but for a share of flipped labels. Columns 1 to 3 are noise. */
export function noisyRule(rows: number, seed: string, flipped = 0.15): Dataset {
  const random = keyedRandom(seed, 'noisy-rule');
  const features = Array.from({ length: rows }, () => Array.from({ length: 4 }, () => random.next() - 0.5));
  const targets = features.map((row) => (row[0]! > 0 !== random.next() < flipped ? 1 : 0));
  return createDataset({
    features,
    featureNames: ['momentum', 'volume', 'spread', 'weekday'],
    targets,
    classes: ['down', 'up'],
    timestamps: features.map((_, i) => i * 1000),
    labelEndsAt: features.map((_, i) => (i + 1) * 1000),
  });
}

export function fitContext(overrides: Partial<FitContext> = {}): FitContext {
  return {
    seed: 'seed-1',
    signal: new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
    ...overrides,
  };
}

/** Share of rows whose most probable class is the target. */
export function accuracyOf(dataset: Dataset, probabilities: Float64Array): number {
  let right = 0;
  for (let row = 0; row < dataset.targets.length; row++) {
    const label = probabilities[2 * row + 1]! > probabilities[2 * row]! ? 1 : 0;
    if (label === dataset.targets[row]) right++;
  }
  return right / dataset.targets.length;
}
