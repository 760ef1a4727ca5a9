import { createDataset, selectRows, shareDataset, sliceDataset } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { fullInput } from './a-dataset.ts';

describe('selectRows', () => {
  it('copies the chosen rows of every array and keeps the names', () => {
    const dataset = createDataset(fullInput());
    const selected = selectRows(dataset, [0, 2]);
    expect(selected).toEqual({
      ...dataset,
      features: { values: Float64Array.of(1.5, -2.25, 1e-300, 7), rows: 2, columns: 2 },
      targets: Float64Array.of(0, 1),
      timestamps: Float64Array.of(1_000, 3_000),
      labelEndsAt: Float64Array.of(2_000, 4_000),
      groups: Int32Array.of(0, 0),
      prices: Float64Array.of(10, 11),
      returns: Float64Array.of(0.01, 0.03),
      weights: Float64Array.of(1, 2),
    });
    dataset.targets[0] = 1;
    expect(selected.targets[0]).toBe(0);
  });

  it.each([
    ['no row', [], 'EMPTY_INPUT'],
    ['a row that is not there', [0, 3], 'OUT_OF_RANGE'],
    ['half a row', [0.5], 'OUT_OF_RANGE'],
    ['rows out of order', [2, 0], 'UNSORTED'],
    ['a row twice', [1, 1], 'UNSORTED'],
  ])('refuses %s', (_what, indices, code) => {
    expect(() => selectRows(createDataset(fullInput()), indices)).toThrow(expect.objectContaining({ code }));
  });
});

describe('sliceDataset', () => {
  it('is what selectRows gives for the same rows, without copying', () => {
    const dataset = createDataset(fullInput());
    const slice = sliceDataset(dataset, 1, 3);
    expect(slice).toEqual(selectRows(dataset, [1, 2]));
    expect(slice.features.values.buffer).toBe(dataset.features.values.buffer);
    expect(sliceDataset(dataset, 1)).toEqual(slice);
  });

  it.each([
    [1, 1, 'EMPTY_INPUT'],
    [-1, 2, 'OUT_OF_RANGE'],
    [2, 1, 'OUT_OF_RANGE'],
    [0, 4, 'OUT_OF_RANGE'],
    [0.5, 2, 'OUT_OF_RANGE'],
  ])('refuses rows %d to %d', (from, to, code) => {
    expect(() => sliceDataset(createDataset(fullInput()), from, to)).toThrow(expect.objectContaining({ code }));
  });
});

describe('shareDataset', () => {
  it('copies every array to shared memory once', () => {
    const dataset = createDataset(fullInput());
    const shared = shareDataset(dataset);
    for (const key of ['targets', 'timestamps', 'labelEndsAt', 'groups', 'prices', 'returns', 'weights'] as const) {
      expect(shared[key]!.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(Array.from(shared[key]!)).toEqual(Array.from(dataset[key]!));
    }
    expect(shared.features.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Array.from(shared.features.values)).toEqual(Array.from(dataset.features.values));
    expect(shareDataset(shared).targets).toBe(shared.targets);
  });
});
