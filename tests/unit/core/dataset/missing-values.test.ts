import {
  createDataset,
  hashDataset,
  requireNoMissingValues,
  selectRows,
  shareDataset,
  sliceDataset,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const input = {
  features: [
    [1, 2],
    [3, Number.NaN],
    [5, 6],
  ],
  featureNames: ['momentum', 'volume'],
  targets: [0, 1, 0],
  classes: ['down', 'up'],
  timestamps: [0, 1, 2],
  labelEndsAt: [1, 2, 3],
} as const;

describe('missing values', () => {
  it('are refused unless the data set is made for them', () => {
    expect(() => createDataset(input)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(createDataset({ ...input, missingValues: 'allowed' }).missingValues).toBe('allowed');
    const complete = { ...input, features: [[1], [2], [3]], featureNames: ['momentum'] };
    expect(createDataset(complete).missingValues).toBeUndefined();
  });

  it('are NaN in features and nothing else', () => {
    const allowed = { ...input, missingValues: 'allowed' } as const;
    const bad = [
      {
        ...allowed,
        features: [
          [1, 2],
          [3, Number.POSITIVE_INFINITY],
          [5, 6],
        ],
      },
      { ...allowed, targets: [0, Number.NaN, 0] },
      { ...allowed, timestamps: [0, Number.NaN, 2] },
      { ...allowed, weights: [0, Number.NaN, 2] },
    ];
    for (const dataset of bad) {
      expect(() => createDataset(dataset)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    }
    const misspelt = { ...input, missingValues: 'yes' as 'allowed' };
    expect(() => createDataset(misspelt)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
  });

  it('stay allowed in selections and copies, and are named by row and column where a family refuses them', () => {
    const dataset = createDataset({ ...input, missingValues: 'allowed' });
    for (const some of [dataset, selectRows(dataset, [0, 1]), sliceDataset(dataset, 0), shareDataset(dataset)]) {
      expect(some.missingValues).toBe('allowed');
      expect(() => requireNoMissingValues(some)).toThrow(
        expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringMatching(/row 1, column 'volume'/) }),
      );
    }
    requireNoMissingValues(selectRows(dataset, [0, 2]));
  });

  it('hash the same whatever the bits of their NaN, and as the same content when none is missing', () => {
    const bits = new BigUint64Array([0x7ff8_0000_0000_0000n, 0xfff8_0000_dead_beefn]);
    const [plain, odd] = Array.from({ length: 2 }, (_, i) => {
      const values = Float64Array.of(1, 2, 3, 0, 5, 6);
      new BigUint64Array(values.buffer)[3] = bits[i]!;
      return createDataset({ ...input, features: { values, rows: 3, columns: 2 }, missingValues: 'allowed' });
    });
    expect(hashDataset(odd!)).toBe(hashDataset(plain!));
    const complete = { ...input, features: [[1], [2], [3]], featureNames: ['momentum'] };
    expect(hashDataset(createDataset({ ...complete, missingValues: 'allowed' }))).toBe(
      hashDataset(createDataset(complete)),
    );
  });
});

describe('the identity of a selection', () => {
  const dataset = createDataset({ ...input, features: [[1], [1], [1]], targets: [0, 0, 0], featureNames: ['x'] });
  const even = { ...dataset, timestamps: Float64Array.of(0, 0, 0), labelEndsAt: Float64Array.of(0, 0, 0) };

  it('is that of its rows alone, wherever they were cut from, unless rows are missing between them', () => {
    expect(hashDataset(sliceDataset(even, 1))).toBe(hashDataset(sliceDataset(even, 0, 2)));
    expect(hashDataset(selectRows(even, [0, 2]))).not.toBe(hashDataset(sliceDataset(even, 0, 2)));
    expect(hashDataset(shareDataset(selectRows(even, [0, 2])))).toBe(hashDataset(selectRows(even, [0, 2])));
  });
});
