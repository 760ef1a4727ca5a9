import { purgeTrainingRows } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function spans(...pairs: readonly (readonly [number, number])[]) {
  return {
    timestamps: Float64Array.from(pairs, ([start]) => start),
    labelEndsAt: Float64Array.from(pairs, ([, end]) => end),
  };
}

const anySpans = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 })), { minLength: 2, maxLength: 40 })
  .map((pairs) => spans(...pairs.map(([start, length]) => [start, start + length] as const)));

describe('purgeTrainingRows', () => {
  it('keeps rows whose labels end before the test begins', () => {
    const dataset = spans([0, 1], [1, 2], [2, 3], [3, 4]);
    // Row 2's label becomes known at 3, the very time of the test row.
    expect(purgeTrainingRows(dataset, [0, 1, 2], [3])).toEqual(Uint32Array.of(0, 1));
  });

  it('drops a row that starts inside, ends inside, envelops or touches the test span', () => {
    const dataset = spans([10, 20], [12, 30], [5, 12], [1, 40], [20, 25], [5, 10], [21, 22], [0, 9]);
    expect(purgeTrainingRows(dataset, [1, 2, 3, 4, 5, 6, 7], [0])).toEqual(Uint32Array.of(6, 7));
  });

  it('keeps a row between two test blocks that it does not meet', () => {
    const dataset = spans([0, 2], [5, 6], [9, 11]);
    expect(purgeTrainingRows(dataset, [1], [0, 2])).toEqual(Uint32Array.of(1));
    expect(purgeTrainingRows(dataset, [1], [0, 2], { embargoMs: 2 })).toEqual(Uint32Array.of(1));
    expect(purgeTrainingRows(dataset, [1], [0, 2], { embargoMs: 3 })).toEqual(Uint32Array.of());
  });

  it('embargoes every block, not only the last', () => {
    const dataset = spans([0, 1], [2, 2], [10, 11], [12, 12], [20, 20]);
    expect(purgeTrainingRows(dataset, [1, 3, 4], [0, 2], { embargoMs: 1 })).toEqual(Uint32Array.of(4));
  });

  it('agrees with the definition, pair by pair', () => {
    fc.assert(
      fc.property(anySpans, fc.integer({ min: 0, max: 10 }), fc.array(fc.boolean()), (dataset, embargoMs, picks) => {
        const rows = [...dataset.timestamps.keys()];
        const test = rows.filter((row) => picks[row] === true);
        const train = rows.filter((row) => picks[row] !== true).reverse();
        const expected = train.filter((row) =>
          test.every(
            (other) =>
              dataset.labelEndsAt[row]! + embargoMs < dataset.timestamps[other]! ||
              dataset.timestamps[row]! > dataset.labelEndsAt[other]! + embargoMs,
          ),
        );
        expect([...purgeTrainingRows(dataset, train, test, { embargoMs })]).toEqual(expected);
      }),
      { seed: 20_260_801, numRuns: 500 },
    );
  });

  it('keeps everything without test rows and nothing that is a test row itself', () => {
    const dataset = spans([0, 1], [5, 6]);
    expect(purgeTrainingRows(dataset, [0, 1], [])).toEqual(Uint32Array.of(0, 1));
    expect(purgeTrainingRows(dataset, [0, 1], [1])).toEqual(Uint32Array.of(0));
  });

  it.each([
    ['a negative embargo', [0], [1], -1],
    ['an endless embargo', [0], [1], Number.POSITIVE_INFINITY],
    ['a training row that is not there', [2], [1], 0],
    ['a test row that is not there', [0], [-1], 0],
  ])('refuses %s', (_what, train, test, embargoMs) => {
    expect(() => purgeTrainingRows(spans([0, 1], [5, 6]), train, test, { embargoMs })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
