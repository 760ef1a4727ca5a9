import {
  createDataset,
  type Dataset,
  lookBackWindows,
  predictRows,
  purgeTrainingRows,
  rowSequences,
  selectRows,
  sliceDataset,
} from '@mlperf/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The feature of a row is its number; groups as given. */
function numbered(groups: readonly number[], names = ['A', 'B', 'C']): Dataset {
  const at = groups.map((_, row) => row);
  return createDataset({
    features: at.map((row) => [row]),
    featureNames: ['row'],
    targets: at,
    timestamps: at,
    labelEndsAt: at.map((row) => row + 1),
    groups,
    groupNames: names,
  });
}

/** Each window as the numbers of its rows in the first data set. */
function windowsOf(dataset: Dataset, lookBack: number, history?: Dataset): readonly (readonly number[])[] {
  const { rows, sequence, starts } = lookBackWindows(dataset, lookBack, history);
  const values = [...(history?.features.values ?? []), ...dataset.features.values];
  return Array.from(starts, (start, w) => {
    const window = Array.from(sequence.subarray(start, start + lookBack + 1), (index) => values[index]!);
    expect(window.at(-1)).toBe(dataset.features.values[rows[w]!]);
    return window;
  });
}

const single = numbered(new Array(10).fill(0), ['A']);

describe('look-back windows', () => {
  it('end in every row that has enough rows of its series before it', () => {
    expect(windowsOf(sliceDataset(single, 0, 5), 2)).toEqual([
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
    ]);
    expect(windowsOf(sliceDataset(single, 4, 7), 0)).toEqual([[4], [5], [6]]);
    expect(windowsOf(single, 10)).toEqual([]);
  });

  it('never cross a group', () => {
    const mixed = numbered([0, 1, 0, 0, 1, 1, 2]);
    expect(windowsOf(mixed, 1)).toEqual([
      [0, 2],
      [2, 3],
      [1, 4],
      [4, 5],
    ]);
  });

  it('break at the gap that purged rows leave in a training set', () => {
    const train = selectRows(single, [0, 1, 2, 5, 6, 7]);
    expect(windowsOf(train, 1)).toEqual([
      [0, 1],
      [1, 2],
      [5, 6],
      [6, 7],
    ]);
    expect(windowsOf(train, 2)).toEqual([
      [0, 1, 2],
      [5, 6, 7],
    ]);
    // A selection of a selection remembers both gaps.
    expect(windowsOf(selectRows(train, [1, 2, 3, 5]), 1)).toEqual([[1, 2]]);
  });

  it('let a validation row look back on the rows before it, purged ones too', () => {
    const validation = sliceDataset(single, 6, 8);
    expect(windowsOf(validation, 2)).toEqual([]);
    expect(windowsOf(validation, 2, sliceDataset(single, 0, 6))).toEqual([
      [4, 5, 6],
      [5, 6, 7],
    ]);
    // The history may be everything: later rows and the validation rows themselves change nothing.
    expect(windowsOf(validation, 2, single)).toEqual([
      [4, 5, 6],
      [5, 6, 7],
    ]);
    expect(windowsOf(validation, 2, selectRows(single, [0, 1, 2, 3, 5]))).toEqual([[5, 6, 7]]);
  });

  it('are, for any groups, rows and history, those of the definition', () => {
    const row = fc.record({ group: fc.integer({ min: 0, max: 2 }), own: fc.boolean(), past: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 4 }), (rows, lookBack) => {
        const all = numbered(rows.map(({ group }) => group));
        const chosen = rows.flatMap(({ own }, i) => (own ? [i] : []));
        const past = rows.flatMap((r, i) => (r.past ? [i] : []));
        fc.pre(chosen.length > 0 && past.length > 0);
        const seen = new Set([...chosen, ...past]);
        const expected = chosen.flatMap((i) => {
          const series = rows.flatMap(({ group }, j) => (group === rows[i]!.group ? [j] : []));
          const at = series.indexOf(i);
          const window = at < lookBack ? [] : series.slice(at - lookBack, at + 1);
          return window.length > 0 && window.every((j) => seen.has(j)) ? [window] : [];
        });
        const found = windowsOf(selectRows(all, chosen), lookBack, selectRows(all, past));
        expect([...found].sort((a, b) => a.at(-1)! - b.at(-1)!)).toEqual(expected);
      }),
      { seed: 5 },
    );
  });

  it('refuses a history whose times do not go with its positions: rows from the future at places of the past', () => {
    const rows = sliceDataset(single, 5);
    const moved = (by: number) => ({ ...sliceDataset(single, 0, 5), timestamps: Float64Array.of(0, 1, 2, 3, by) });
    expect(windowsOf(rows, 2, moved(5))[0]).toEqual([3, 4, 5]);
    for (const by of [5.5, 1_000, 2]) {
      expect(() => lookBackWindows(rows, 2, moved(by))).toThrow(
        expect.objectContaining({ code: 'INVALID_RECORD', message: expect.stringMatching(/the same data set/) }),
      );
    }
  });

  it('refuses a bad look-back and a history of another data set', () => {
    for (const lookBack of [-1, 1.5, Number.NaN]) {
      expect(() => lookBackWindows(single, lookBack)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
    const renamed: Dataset = { ...single, featureNames: ['other'] };
    const regrouped = numbered(new Array(10).fill(0), ['B']);
    const later: Dataset = { ...single, timestamps: single.timestamps.map((at) => at + 1) };
    for (const history of [renamed, regrouped, later]) {
      expect(() => lookBackWindows(single, 1, history)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });
});

describe('a selection of rows', () => {
  it('keeps the place of each row in its series, within its group', () => {
    const mixed = numbered([0, 1, 0, 1, 0, 1]);
    expect(Array.from(selectRows(mixed, [2, 3, 5]).positions!)).toEqual([1, 1, 2]);
    expect(Array.from(sliceDataset(mixed, 3).positions!)).toEqual([1, 2, 2]);
    expect(Array.from(sliceDataset(sliceDataset(mixed, 1), 2).positions!)).toEqual([1, 2, 2]);
    expect(selectRows(mixed, [0, 1, 3]).positions).toBeUndefined();
    expect(sliceDataset(mixed, 0, 4).positions).toBeUndefined();
  });

  it('keeps the gaps that purging leaves', () => {
    const train = purgeTrainingRows(single, [0, 1, 2, 3, 8, 9], [5]);
    expect(Array.from(selectRows(single, train).positions!)).toEqual([0, 1, 2, 3, 8, 9]);
  });
});

describe('rows of a dataset that are predicted', () => {
  const asked: number[] = [];
  const lagged = {
    classes: ['down', 'up'],
    lookBack: 2,
    predict({ values, rows }: { values: Float64Array; rows: number }, out = new Float64Array(2 * (rows - 2))) {
      asked.push(rows);
      for (let i = 0; i < rows - 2; i++) out.set([values[i]!, values[i + 2]!], 2 * i);
      return out;
    },
  };

  it('each get the answer to their own window, in their order', async () => {
    const mixed = numbered([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    asked.length = 0;
    const answers = await predictRows(lagged, selectRows(mixed, [4, 7, 8, 10]), mixed);
    expect(Array.from(answers)).toEqual([0, 4, 3, 7, 4, 8, 6, 10]);
    // One question per stretch: A's rows 0 to 10, B's 3 to 7.
    expect(asked.sort()).toEqual([3, 6]);
  });

  it('are refused when one has too little before it, and when the model answers otherwise', async () => {
    await expect(predictRows(lagged, selectRows(single, [1, 5]), single)).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
      message: expect.stringContaining('row 0 has fewer'),
    });
    const odd = { ...lagged, predict: () => new Float64Array(1) };
    await expect(predictRows(odd, sliceDataset(single, 4), single)).rejects.toMatchObject({
      code: 'PREDICTION_FAILED',
    });
  });

  it('are asked as they are when the model does not look back', () => {
    const { matrices } = rowSequences(single, 0);
    expect(matrices).toEqual([single.features]);
    expect(matrices[0]!.values).toBe(single.features.values);
  });
});
