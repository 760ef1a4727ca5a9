import { readFileSync } from 'node:fs';
import { createDataset, type Dataset } from '@mlperf/core';
import { type Fold, PurgedWalkForward, type PurgedWalkForwardOptions, requireSoundFolds } from '@mlperf/tuning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSeries, spansOnly } from '../a-series.ts';

interface SplitCase {
  readonly input: {
    readonly rows: number;
    readonly nSplits: number;
    readonly gap: number;
    readonly testSize: number | null;
    readonly maxTrainSize: number | null;
  };
  readonly expected: readonly (readonly [number, number, number, number])[];
}
const golden: { readonly cases: readonly SplitCase[] } = JSON.parse(
  readFileSync(new URL('../../../golden/time-series-split.json', import.meta.url), 'utf8'),
);

function regression(spans: Pick<Dataset, 'timestamps' | 'labelEndsAt'>, groups?: readonly number[]): Dataset {
  const rows = spans.timestamps.length;
  return createDataset({
    features: { values: new Float64Array(rows), rows, columns: 1 },
    featureNames: ['x'],
    targets: new Float64Array(rows),
    ...spans,
    ...(groups === undefined ? {} : { groups, groupNames: ['A', 'B', 'C'] }),
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

const lists = (folds: readonly Fold[]) => folds.map(({ train, test }) => [[...train], [...test]]);

describe('PurgedWalkForward', () => {
  it("cuts like scikit-learn's TimeSeriesSplit when no labels overlap, with its gap as an embargo", () => {
    expect(golden.cases.length).toBeGreaterThan(100);
    for (const { input, expected } of golden.cases) {
      const splitter = new PurgedWalkForward({
        nSplits: input.nSplits,
        embargoMs: input.gap * 1_000,
        minTrainRows: 1,
        ...(input.testSize === null ? {} : { testSize: input.testSize }),
        ...(input.maxTrainSize === null ? {} : { maxTrainSize: input.maxTrainSize }),
      });
      const folds = splitter.split(regression(spansOnly(input.rows)));
      expect(lists(folds), JSON.stringify(input)).toEqual(
        expected.map(([trainFrom, trainTo, testFrom, testTo]) => [range(trainFrom, trainTo), range(testFrom, testTo)]),
      );
    }
  });

  it('purges labels that end at or after the first test time', () => {
    const [fold] = new PurgedWalkForward({ nSplits: 1, testSize: 4, embargoMs: 0 }).split(regression(spansOnly(12, 3)));
    // The test begins at 8 s; the label of row 5 is known at 8 s, that of row 4 at 7 s.
    expect(lists([fold!])).toEqual([[range(0, 5), range(8, 12)]]);
  });

  it('keeps the median label span as embargo unless told otherwise', () => {
    const [fold] = new PurgedWalkForward({ nSplits: 1, testSize: 4 }).split(regression(spansOnly(12, 2)));
    // Labels must be known before 8 − 2 = 6 s: rows 0 to 3.
    expect([...fold!.train]).toEqual(range(0, 4));
    // One label that stays open for long widens the gap for its own row only: the median is still 2 s.
    const { timestamps, labelEndsAt } = spansOnly(12, 2);
    const [other] = new PurgedWalkForward({ nSplits: 1, testSize: 4 }).split(
      regression({ timestamps, labelEndsAt: labelEndsAt.with(1, 50_000) }),
    );
    expect([...other!.train]).toEqual([0, 2, 3]);
  });

  it('cuts all groups at the same times, however their rows are laid out', () => {
    const order = fc.constantFrom('interleaved', 'one after the other');
    fc.assert(
      fc.property(order, fc.integer({ min: 6, max: 30 }), fc.integer({ min: 1, max: 4 }), (layout, times, nSplits) => {
        const cells = range(0, times).flatMap((time) => [0, 1, 2].map((group) => ({ time, group })));
        if (layout === 'one after the other') cells.sort((a, b) => a.group - b.group || a.time - b.time);
        const timestamps = Float64Array.from(cells, ({ time }) => time * 10);
        const data = regression(
          { timestamps, labelEndsAt: timestamps },
          cells.map(({ group }) => group),
        );
        for (const { train, test } of new PurgedWalkForward({ nSplits, minTrainRows: 1 }).split(data)) {
          const testTimes = new Set([...test].map((row) => timestamps[row]!));
          // Every group's row of every test time is tested, and none of those times is trained on.
          expect(test.length).toBe(3 * testTimes.size);
          expect([...train].some((row) => testTimes.has(timestamps[row]!))).toBe(false);
          expect(Math.max(...[...train].map((row) => timestamps[row]!))).toBeLessThan(Math.min(...testTimes));
        }
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('keeps its promises on any data', () => {
    const anyData = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 6 })), { minLength: 20, maxLength: 80 })
      .map((steps) => {
        let at = 0;
        const spans = steps.map(([step, length]) => {
          at += step;
          return [at, at + length] as const;
        });
        return regression({
          timestamps: Float64Array.from(spans, ([start]) => start),
          labelEndsAt: Float64Array.from(spans, ([, end]) => end),
        });
      });
    const anyOptions = fc.record<PurgedWalkForwardOptions>({
      nSplits: fc.integer({ min: 1, max: 4 }),
      embargoMs: fc.integer({ min: 0, max: 4 }),
      minTrainRows: fc.constant(1),
    });
    let split = 0;
    fc.assert(
      fc.property(anyData, anyOptions, fc.option(fc.integer({ min: 1, max: 9 })), (data, options, maxTrainSize) => {
        const splitter = new PurgedWalkForward({ ...options, ...(maxTrainSize === null ? {} : { maxTrainSize }) });
        let folds: readonly Fold[];
        try {
          folds = splitter.split(data);
        } catch (error) {
          expect(error).toMatchObject({ code: 'OUT_OF_RANGE' });
          return;
        }
        split++;
        expect(folds.length).toBe(options.nSplits);
        const tested = new Set<number>();
        for (const { train, test } of folds) {
          const firstTest = Math.min(...[...test].map((row) => data.timestamps[row]!));
          for (const row of train) {
            expect(data.labelEndsAt[row]! + options.embargoMs!).toBeLessThan(firstTest);
          }
          const trainTimes = new Set([...train].map((row) => data.timestamps[row]!));
          if (maxTrainSize !== null) expect(trainTimes.size).toBeLessThanOrEqual(maxTrainSize);
          for (const row of test) {
            expect(tested.has(row)).toBe(false);
            tested.add(row);
          }
        }
        // The last fold tests up to the newest time.
        expect(tested.has(data.timestamps.length - 1)).toBe(true);
        requireSoundFolds(data, folds);
      }),
      { seed: 5, numRuns: 400 },
    );
    expect(split).toBeGreaterThan(100);
  });

  it.each<[string, PurgedWalkForwardOptions]>([
    ['no folds', { nSplits: 0 }],
    ['half a fold', { nSplits: 1.5 }],
    ['a test of no time', { testSize: 0 }],
    ['a training of no time', { maxTrainSize: 0 }],
    ['a negative embargo', { embargoMs: -1 }],
    ['an endless embargo', { embargoMs: Number.POSITIVE_INFINITY }],
    ['no training rows', { minTrainRows: 0 }],
  ])('refuses %s', (_what, options) => {
    expect(() => new PurgedWalkForward(options)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('refuses more folds than there are times', () => {
    expect(() => new PurgedWalkForward({ nSplits: 12 }).split(regression(spansOnly(12)))).toThrow(
      /12 folds of 1 test times need more than 12 distinct times; got 12/,
    );
    expect(() => new PurgedWalkForward({ nSplits: 3, testSize: 4 }).split(regression(spansOnly(12)))).toThrow(
      /3 folds of 4 test times need more than 12 distinct times; got 12/,
    );
  });

  it('refuses a fold that the purge leaves without training rows, saying which', () => {
    const splitter = new PurgedWalkForward({ nSplits: 2, testSize: 4, embargoMs: 0 });
    expect(() => splitter.split(regression(spansOnly(12, 3)))).toThrow(
      /fold 1 of 2 must have 2 training rows whose labels end more than 0 ms before its test at 4000; got 1/,
    );
  });

  it('refuses data that is not in time order', () => {
    const data = regression(spansOnly(12));
    data.timestamps[7] = 0;
    expect(() => new PurgedWalkForward().split(data)).toThrow(expect.objectContaining({ code: 'UNSORTED' }));
  });
});

describe('requireSoundFolds', () => {
  const data = aSeries(12, { horizon: 2 });
  const fold = (train: readonly number[], test: readonly number[]) => [
    { train: Uint32Array.from(train), test: Uint32Array.from(test) },
  ];

  it('lets sound folds pass, also with training rows after the test', () => {
    expect(() => requireSoundFolds(data, fold([0, 1, 2, 3, 9, 10, 11], [6]))).not.toThrow();
  });

  it('refuses a planted leak and says which row', () => {
    expect(() => requireSoundFolds(data, fold([0, 1, 2, 3, 4], [6, 7]))).toThrow(
      /fold 1 of 1: no training label .* got 1 such rows, the first is row 4 from 4000 to 6000/,
    );
    // Trained on what comes after, while the test label was still open.
    expect(() => requireSoundFolds(data, fold([0, 1, 2, 8], [6]))).toThrow(/the first is row 8 from 8000 to 10000/);
  });

  it.each([
    ['no folds', [], 'EMPTY_INPUT'],
    ['a fold that trains on nothing', fold([], [6]), 'EMPTY_INPUT'],
    ['a fold that tests nothing', fold([0, 1], []), 'EMPTY_INPUT'],
    ['a row that is both trained on and tested', fold([0, 1, 6], [6]), 'OUT_OF_RANGE'],
    ['a row that is not there', fold([0, 1], [12]), 'OUT_OF_RANGE'],
    ['shuffled training rows', fold([1, 0], [6]), 'UNSORTED'],
    ['a test row counted twice', fold([0, 1], [6, 6]), 'UNSORTED'],
  ])('refuses %s', (_what, folds, code) => {
    expect(() => requireSoundFolds(data, folds)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a fold whose training rows have one class, naming it', () => {
    const oneSided = { ...data, targets: data.targets.map((target, row) => (row < 4 ? 1 : target)) };
    expect(() => requireSoundFolds(oneSided, fold([0, 1, 2, 3], [6]))).toThrow(
      expect.objectContaining({ code: 'SINGLE_CLASS', message: expect.stringContaining("only 'up' in 4 rows") }),
    );
  });
});
