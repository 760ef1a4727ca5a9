import {
  buildDriftReference,
  createDataset,
  loadDriftReference,
  parseDriftReference,
  saveDriftReference,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { makeRows, stableRow } from './feature-rows.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a drift reference', () => {
  it('holds ascending numbers, counted categories and missing values', () => {
    const profile = buildDriftReference([
      { x: 2, side: 'b' },
      { x: -0 },
      { side: 'a', x: undefined },
      { x: 1, side: 'b' },
    ]);
    expect(profile).toEqual({
      formatVersion: 1,
      rows: 4,
      sampledFrom: 4,
      features: [
        { name: 'x', kind: 'numeric', values: [0, 1, 2], missing: 1 },
        {
          name: 'side',
          kind: 'categorical',
          categories: [
            { category: 'a', count: 1 },
            { category: 'b', count: 2 },
          ],
          missing: 1,
        },
      ],
    });
    const [x] = profile.features;
    expect(Object.is(x?.kind === 'numeric' && x.values[0], 0)).toBe(true);
  });

  it('is made of a dataset as of its rows', () => {
    const dataset = createDataset({
      features: [
        [1, 0],
        [2, 1],
        [3, 1],
      ],
      featureNames: ['x', 'regime'],
      targets: [0, 1, 0],
      timestamps: [1, 2, 3],
      labelEndsAt: [2, 3, 4],
    });
    const rows = [
      { x: 1, regime: 0 },
      { x: 2, regime: 1 },
      { x: 3, regime: 1 },
    ];
    const options = { categorical: ['regime'] };
    expect(buildDriftReference(dataset, options)).toEqual(buildDriftReference(rows, options));
    expect(buildDriftReference(dataset, options).features[1]).toMatchObject({ kind: 'categorical' });
  });

  it('keeps a seeded uniform sample of more rows than it may', () => {
    const rows = Array.from({ length: 500 }, (_, x) => ({ x }));
    const profile = buildDriftReference(rows, { maxRows: 50 });
    expect(profile).toMatchObject({ rows: 50, sampledFrom: 500 });
    expect(profile).toEqual(buildDriftReference(rows, { maxRows: 50 }));
    expect(profile).not.toEqual(buildDriftReference(rows, { maxRows: 50, seed: 'other' }));
    const means = Array.from({ length: 40 }, (_, seed) => {
      const [feature] = buildDriftReference(rows, { maxRows: 50, seed: `${seed}` }).features;
      if (feature?.kind !== 'numeric') throw new Error('x is a number');
      expect(new Set(feature.values).size).toBe(50);
      return feature.values.reduce((sum, x) => sum + x, 0) / 50;
    });
    // the mean of one sample of 50 without replacement has a standard deviation of 19.4; of 40 such means, 3.1
    expect(Math.abs(means.reduce((sum, x) => sum + x, 0) / 40 - 249.5)).toBeLessThan(4 * 3.1);
  });

  it('goes through storage unchanged, per model version and name', async () => {
    const storage = await openMemoryStorage();
    const profile = buildDriftReference(makeRows(40, 'stored', stableRow));
    await saveDriftReference(storage, { modelVersionId: 'v1', createdAt: 5 }, profile);
    await saveDriftReference(
      storage,
      { modelVersionId: 'v1', name: 'winter', createdAt: 5 },
      { ...profile, sampledFrom: 99 },
    );
    expect(await loadDriftReference(storage, { modelVersionId: 'v1' })).toEqual(profile);
    expect((await loadDriftReference(storage, { modelVersionId: 'v1', name: 'winter' }))?.sampledFrom).toBe(99);
    expect(await loadDriftReference(storage, { modelVersionId: 'v2' })).toBeUndefined();
    expect(parseDriftReference(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
    await storage.close();
  });

  it('refuses bad rows, naming where', () => {
    expect(() => buildDriftReference([])).toThrow(code('EMPTY_INPUT'));
    expect(() => buildDriftReference([{}])).toThrow('a drift reference needs at least 1 feature');
    expect(() => buildDriftReference([{ x: 1 }, { x: Number.NaN }])).toThrow(
      "feature 'x' must be finite or absent in reference row 1; got NaN",
    );
    expect(() => buildDriftReference([{ x: Number.POSITIVE_INFINITY }])).toThrow(code('NOT_FINITE'));
    expect(() => buildDriftReference([{ x: 1 }], { categorical: ['y'] })).toThrow('unexpected y');
    expect(() => buildDriftReference([{ x: 'a\u0000' }])).toThrow(code('INVALID_TYPE'));
    expect(() => buildDriftReference([{ x: 1 }], { maxRows: 0 })).toThrow(code('OUT_OF_RANGE'));
  });

  it.each([
    ['no object', 3],
    ['another format', { formatVersion: 2 }],
    ['no rows', { formatVersion: 1, rows: 0, sampledFrom: 0, features: [] }],
    [
      'unsorted values',
      {
        formatVersion: 1,
        rows: 2,
        sampledFrom: 2,
        features: [{ name: 'x', kind: 'numeric', values: [2, 1], missing: 0 }],
      },
    ],
    [
      'rows not accounted for',
      {
        formatVersion: 1,
        rows: 2,
        sampledFrom: 2,
        features: [{ name: 'x', kind: 'numeric', values: [2], missing: 0 }],
      },
    ],
    [
      'a feature twice',
      {
        formatVersion: 1,
        rows: 1,
        sampledFrom: 1,
        features: ['x', 'x'].map((name) => ({ name, kind: 'numeric', values: [2], missing: 0 })),
      },
    ],
    [
      'categories out of order',
      {
        formatVersion: 1,
        rows: 2,
        sampledFrom: 2,
        features: [
          {
            name: 'x',
            kind: 'categorical',
            categories: [
              { category: 'b', count: 1 },
              { category: 'a', count: 1 },
            ],
            missing: 0,
          },
        ],
      },
    ],
    [
      'an unknown kind',
      { formatVersion: 1, rows: 1, sampledFrom: 1, features: [{ name: 'x', kind: 'text', values: [1], missing: 0 }] },
    ],
  ])('refuses a stored profile with %s', (_, json) => {
    expect(() => parseDriftReference(json)).toThrow(code('INVALID_RECORD'));
  });
});
