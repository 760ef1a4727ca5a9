import { readFileSync } from 'node:fs';
import { createDataset, type Dataset, hashDataset, shareDataset, sliceDataset } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { fullInput } from './a-dataset.ts';

interface HashCase {
  readonly input: {
    readonly features: readonly number[];
    readonly featureNames: readonly string[];
    readonly targets: readonly number[];
    readonly timestamps: readonly number[];
    readonly labelEndsAt: readonly number[];
  };
  readonly expected: string;
}
const golden: { readonly cases: readonly HashCase[] } = JSON.parse(
  readFileSync(new URL('../../../golden/dataset-hash.json', import.meta.url), 'utf8'),
);

describe('hashDataset', () => {
  it('follows the documented byte layout', () => {
    for (const { input, expected } of golden.cases) {
      const values = Float64Array.from(input.features);
      const features = { values, rows: input.targets.length, columns: input.featureNames.length };
      expect(hashDataset(createDataset({ ...input, features }))).toBe(expected);
    }
  });

  it('does not see where the values lie, nor the sign of zero', () => {
    const dataset = createDataset(fullInput());
    const hash = hashDataset(dataset);
    expect(hashDataset(shareDataset(dataset))).toBe(hash);
    expect(hashDataset(sliceDataset(dataset, 0))).toBe(hash);
    const values = dataset.features.values.map((value) => (value === 0 ? -0 : value));
    expect(hashDataset({ ...dataset, features: { ...dataset.features, values } })).toBe(hash);
  });

  it('changes with every field', () => {
    const dataset = createDataset(fullInput());
    const changed: readonly Dataset[] = [
      { ...dataset, features: { ...dataset.features, values: dataset.features.values.with(4, 2e-300) } },
      { ...dataset, features: { ...dataset.features, rows: 2, columns: 3 } },
      { ...dataset, featureNames: ['return_1d', 'range'] },
      { ...dataset, targets: dataset.targets.with(0, 1) },
      { ...dataset, classes: ['up', 'down'] },
      { ...dataset, timestamps: dataset.timestamps.with(0, 999) },
      { ...dataset, labelEndsAt: dataset.labelEndsAt.with(2, 4_001) },
      { ...dataset, groups: dataset.groups!.with(2, 1) },
      { ...dataset, groupNames: ['AAPL', 'GOOG'] },
      { ...dataset, prices: dataset.prices!.with(1, 20) },
      { ...dataset, returns: dataset.returns!.with(1, 0) },
      { ...dataset, weights: dataset.weights!.with(1, 1) },
      // The same numbers under another name.
      { ...dataset, prices: dataset.weights!, weights: dataset.prices! },
    ];
    for (const key of ['classes', 'groups', 'groupNames', 'prices', 'returns', 'weights'] as const) {
      const { [key]: _left, ...rest } = dataset;
      expect(hashDataset(rest)).not.toBe(hashDataset(dataset));
    }
    const hashes = [dataset, ...changed].map(hashDataset);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('reads arrays longer than one chunk', () => {
    const rows = 20_001;
    const column = Float64Array.from({ length: rows }, (_, i) => i);
    const build = (last: number) =>
      createDataset({
        features: { values: column.with(rows - 1, last), rows, columns: 1 },
        featureNames: ['x'],
        targets: column,
        timestamps: column,
        labelEndsAt: column,
      });
    expect(hashDataset(build(1))).not.toBe(hashDataset(build(2)));
    expect(hashDataset(build(1))).toBe(hashDataset(build(1)));
  });
});
