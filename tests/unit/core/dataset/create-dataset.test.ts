import { createDataset, type DatasetInput, matrixFromRows } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { fullInput } from './a-dataset.ts';

describe('createDataset', () => {
  it('takes rows as arrays or as a matrix, with the same result', () => {
    const fromMatrix = createDataset(fullInput());
    const fromRows = createDataset({
      ...fullInput(),
      features: [
        [1.5, -2.25],
        [0, 3],
        [1e-300, 7],
      ],
    });
    expect(fromRows).toEqual(fromMatrix);
    expect(fromRows.features).toEqual({ values: Float64Array.of(1.5, -2.25, 0, 3, 1e-300, 7), rows: 3, columns: 2 });
    expect(fromRows.groups).toEqual(Int32Array.of(0, 1, 0));
  });

  it('leaves absent arrays absent', () => {
    const { classes: _c, groups: _g, groupNames: _n, prices: _p, returns: _r, weights: _w, ...needed } = fullInput();
    expect(Object.keys(createDataset({ ...needed, targets: [0.5, -1, 2] })).sort()).toEqual([
      'featureNames',
      'features',
      'labelEndsAt',
      'targets',
      'timestamps',
    ]);
  });

  it('takes a matrix over without copying it', () => {
    const input = fullInput();
    expect(createDataset(input).features).toBe(input.features);
  });

  it('accepts groups that follow each other and times that tie within a group', () => {
    const input = { ...fullInput(), groups: [0, 0, 1], timestamps: [5, 5, 1], labelEndsAt: [6, 6, 2] };
    expect(createDataset(input).timestamps).toEqual(Float64Array.of(5, 5, 1));
  });

  const refused: readonly (readonly [string, Partial<DatasetInput>, string, RegExp])[] = [
    ['no rows', { features: [] }, 'EMPTY_INPUT', /features must have at least one row .* 0 × 0/],
    [
      'rows of two lengths',
      { features: [[1, 2], [3], [4, 5]] },
      'LENGTH_MISMATCH',
      /row 1 must have 2 values .* got 1/,
    ],
    [
      'a matrix that does not fill its shape',
      { features: { values: new Float64Array(5), rows: 3, columns: 2 } },
      'LENGTH_MISMATCH',
      /3 × 2 must hold 6 values; got 5/,
    ],
    [
      'a NaN feature',
      {
        features: [
          [1, 2],
          [3, Number.NaN],
          [5, 6],
        ],
      },
      'NOT_FINITE',
      /got NaN in row 1, column 1/,
    ],
    ['a name too few', { featureNames: ['a'] }, 'LENGTH_MISMATCH', /featureNames must have 2 values .* got 1/],
    ['a name twice', { featureNames: ['a', 'a'] }, 'INVALID_RECORD', /featureNames must be unique; got 'a' twice/],
    ['an empty name', { featureNames: ['a', ''] }, 'EMPTY_INPUT', /featureNames\[1\] must be a name; got ""/],
    ['a name no record may hold', { featureNames: ['a', '__proto__'] }, 'INVALID_RECORD', /got "__proto__"/],
    ['half a character as a name', { classes: ['up', '\ud800'] }, 'INVALID_RECORD', /classes\[1\] .* got "\\ud800"/],
    ['a target too few', { targets: [0, 1] }, 'LENGTH_MISMATCH', /targets must have 3 values .* got 2/],
    ['a target that is no class', { targets: [0, 2, 1] }, 'OUT_OF_RANGE', /targets of row 1 .* 2 classes; got 2/],
    ['half a class', { targets: [0, 0.5, 1] }, 'OUT_OF_RANGE', /targets of row 1 .* got 0.5/],
    ['an infinite target', { targets: [0, Number.POSITIVE_INFINITY, 1] }, 'NOT_FINITE', /targets of row 1 .* Infinity/],
    ['a single class', { classes: ['up'] }, 'SINGLE_CLASS', /classes must name at least two; got 1/],
    [
      'a time that goes back within its group',
      { timestamps: [3_000, 2_000, 1_000], labelEndsAt: [4_000, 4_000, 4_000] },
      'UNSORTED',
      /timestamps of group 'AAPL' must be ascending; got 1000 in row 2 after 3000/,
    ],
    [
      'a label that ends before its row',
      { labelEndsAt: [2_000, 1_999, 4_000] },
      'OUT_OF_RANGE',
      /labelEndsAt of row 1 must not be before its timestamp 2000; got 1999/,
    ],
    ['a label that never ends', { labelEndsAt: [2_000, 3_000, Number.POSITIVE_INFINITY] }, 'NOT_FINITE', /labelEndsAt/],
    ['a negative weight', { weights: [1, -1, 1] }, 'OUT_OF_RANGE', /weights of row 1 must be at least 0; got -1/],
    ['only zero weights', { weights: [0, 0, 0] }, 'OUT_OF_RANGE', /at least one above 0/],
    ['a price of zero', { prices: [1, 0, 1] }, 'OUT_OF_RANGE', /prices of row 1 must be above 0; got 0/],
    ['a loss of more than everything', { returns: [0, -1.5, 0] }, 'OUT_OF_RANGE', /returns of row 1 .* got -1.5/],
    ['a group without a name', { groups: [0, 2, 0] }, 'OUT_OF_RANGE', /groups of row 1 .* 2 groupNames; got 2/],
  ];
  for (const [what, change, code, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => createDataset({ ...fullInput(), ...change })).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    });
  }

  it('refuses groups without their names', () => {
    const { groupNames: _names, ...input } = fullInput();
    expect(() => createDataset(input)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });

  it('refuses a single series that goes back in time', () => {
    const { groups: _groups, groupNames: _names, ...input } = fullInput();
    expect(() => createDataset({ ...input, timestamps: [1_000, 999, 3_000] })).toThrow(
      expect.objectContaining({
        code: 'UNSORTED',
        message: 'timestamps must be ascending; got 999 in row 1 after 1000',
      }),
    );
  });
});

describe('matrixFromRows', () => {
  it('copies the rows one after the other', () => {
    const row = [3, 4];
    const matrix = matrixFromRows([[1, 2], row]);
    row[0] = 9;
    expect(matrix).toEqual({ values: Float64Array.of(1, 2, 3, 4), rows: 2, columns: 2 });
  });
});
