import { createDataset, type Dataset } from '@mlperf/core';
import {
  CombinatorialPurged,
  KFold,
  mostRecentRows,
  PurgedKFold,
  PurgedWalkForward,
  requireSoundFolds,
  type Splitter,
  StratifiedKFold,
} from '@mlperf/tuning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';

/** Irregular times with ties, labels of changing length, one to three symbols, alternating classes. */
const dataset = fc
  .record({
    steps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 24, maxLength: 60 }),
    spans: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 60, maxLength: 60 }),
    groups: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ steps, spans, groups }): Dataset => {
    let at = 0;
    const timestamps = steps.map((step) => {
      at += step;
      return at;
    });
    const rows = timestamps.length;
    return createDataset({
      features: { values: new Float64Array(rows), rows, columns: 1 },
      featureNames: ['x'],
      targets: timestamps.map((_, row) => row % 2),
      classes: ['down', 'up'],
      timestamps,
      labelEndsAt: timestamps.map((from, row) => from + spans[row]!),
      groups: timestamps.map((_, row) => row % groups),
      groupNames: Array.from({ length: groups }, (_, g) => `symbol ${g}`),
    });
  });

interface Cut {
  readonly splitter: Splitter;
  readonly embargo: number;
}
const cut: fc.Arbitrary<Cut> = fc
  .record({
    kind: fc.integer({ min: 0, max: 3 }),
    n: fc.integer({ min: 3, max: 5 }),
    embargo: fc.integer({ max: 4, min: 0 }),
  })
  .map(({ kind, n, embargo }) => {
    if (kind === 0) return { splitter: new KFold({ nSplits: n }), embargo: 0 };
    if (kind === 1) return { splitter: new StratifiedKFold({ nSplits: n }), embargo: 0 };
    if (kind === 2) return { splitter: new PurgedKFold({ nSplits: n, embargoMs: embargo }), embargo };
    return { splitter: new CombinatorialPurged({ nFolds: n, nTestFolds: 2, embargoMs: embargo }), embargo };
  });

/** The rules of purge and embargo as they are stated, row by row. */
function mayTrain(data: Dataset, row: number, test: Uint32Array, embargo: number): boolean {
  const from = data.timestamps[row]!;
  const to = data.labelEndsAt[row]!;
  return test.every((tested) => {
    const testFrom = data.timestamps[tested]!;
    const testTo = data.labelEndsAt[tested]!;
    const endsAfterATestItPrecedes = from <= testFrom && to >= testFrom;
    const meets = from <= testTo && to >= testFrom;
    const startsInEmbargo = from > testTo && from <= testTo + embargo;
    return row !== tested && !endsAfterATestItPrecedes && !meets && !startsInEmbargo;
  });
}

describe('splits of k-fold kinds', () => {
  it('train on all rows that the rules of purge and embargo allow and on no other, and a planted leak is refused', () => {
    let split = 0;
    let planted = 0;
    fc.assert(
      fc.property(dataset, cut, fc.nat(), (data, { splitter, embargo }, choice) => {
        let folds: ReturnType<Splitter['split']>;
        try {
          folds = splitter.split(data);
          requireSoundFolds(data, folds);
        } catch (error) {
          expect(['OUT_OF_RANGE', 'SINGLE_CLASS']).toContain((error as { code?: string }).code);
          return;
        }
        split++;
        const rows = Array.from(data.timestamps.keys());
        for (const { train, test } of folds) {
          const tested = new Set(test);
          expect([...train]).toEqual(rows.filter((row) => !tested.has(row) && mayTrain(data, row, test, embargo)));
        }
        const k = choice % folds.length;
        const { train, test } = folds[k]!;
        const kept = new Set(train);
        const leaks = rows.filter((row) => !kept.has(row) && !mayTrain(data, row, test, 0));
        const leak = leaks[choice % leaks.length]!;
        planted++;
        const leaky = folds.map((fold, i) =>
          i === k ? { test, train: Uint32Array.from([...train, leak]).sort() } : fold,
        );
        expect(() => requireSoundFolds(data, leaky)).toThrow(
          expect.objectContaining({ code: 'OUT_OF_RANGE', message: expect.stringContaining(`row ${leak} from`) }),
        );
      }),
      { seed: 6, numRuns: 400 },
    );
    expect(split).toBeGreaterThan(150);
    expect(planted).toBe(split);
  });

  it('test each row once, and C(N − 1, k − 1) times when tests are combined, once on each path', () => {
    fc.assert(
      fc.property(dataset, (data) => {
        const times = (folds: ReturnType<Splitter['split']>) => {
          const counts = new Uint32Array(data.timestamps.length);
          for (const { test } of folds) for (const row of test) counts[row]!++;
          return new Set(counts);
        };
        const quiet = { ...data, labelEndsAt: data.timestamps };
        fc.pre(new Set(data.timestamps).size >= 6);
        expect(times(new KFold({ nSplits: 4 }).split(quiet))).toEqual(new Set([1]));
        expect(times(new StratifiedKFold({ nSplits: 4 }).split(quiet))).toEqual(new Set([1]));
        expect(times(new PurgedKFold({ nSplits: 4, embargoMs: 0 }).split(quiet))).toEqual(new Set([1]));
        const combined = new CombinatorialPurged({ nFolds: 5, nTestFolds: 3, embargoMs: 0 });
        expect(times(combined.split(quiet))).toEqual(new Set([6]));
        for (const path of combined.paths(quiet)) {
          expect(path.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)).toEqual([...data.timestamps.keys()]);
          for (const { split, rows } of path) {
            const { test } = combined.split(quiet)[split]!;
            expect([...rows].every((row) => test.includes(row))).toBe(true);
          }
        }
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('keep the median label span as embargo unless told otherwise', () => {
    const data = aSeries(20, { horizon: 2 });
    const [, middle] = new PurgedKFold({ nSplits: 4 }).split(data);
    // Tested: 5 to 9. Labels end at or after 5 from row 3 on; the last test label ends at 11, the embargo at 13.
    expect([...middle!.train]).toEqual([0, 1, 2, 14, 15, 16, 17, 18, 19]);
    const [first] = new CombinatorialPurged({ nFolds: 4, nTestFolds: 2 }).split(data);
    expect([...first!.train]).toEqual([14, 15, 16, 17, 18, 19]);
  });

  it('say what decides their folds, for the study to store', () => {
    expect(new KFold().settings).toEqual({ nSplits: 5 });
    expect(new StratifiedKFold({ nSplits: 3 }).settings).toEqual({ nSplits: 3 });
    expect(new PurgedKFold({ embargoMs: 7 }).settings).toEqual({ nSplits: 5, embargoMs: 7 });
    expect(new CombinatorialPurged().settings).toEqual({ nFolds: 6, nTestFolds: 2 });
    expect([new CombinatorialPurged().splitCount, new CombinatorialPurged().pathCount]).toEqual([15, 5]);
  });
});

describe('bad input of splitters', () => {
  const refused = (code: string) => expect.objectContaining({ code });

  it.each<[string, () => unknown]>([
    ['no folds', () => new KFold({ nSplits: 0 })],
    ['one fold, which would train on nothing', () => new KFold({ nSplits: 1 })],
    ['half a stratified fold', () => new StratifiedKFold({ nSplits: 2.5 })],
    ['no purged folds', () => new PurgedKFold({ nSplits: 0 })],
    ['a negative embargo', () => new PurgedKFold({ embargoMs: -1 })],
    ['an embargo that is no number', () => new CombinatorialPurged({ embargoMs: Number.NaN })],
    ['two blocks to combine', () => new CombinatorialPurged({ nFolds: 2, nTestFolds: 2 })],
    ['a test of all blocks', () => new CombinatorialPurged({ nFolds: 4, nTestFolds: 4 })],
    ['splits without end', () => new CombinatorialPurged({ nFolds: 30, nTestFolds: 15 })],
    ['more folds than rows', () => new KFold({ nSplits: 13 }).split(aSeries(12))],
    ['more stratified folds than rows', () => new StratifiedKFold({ nSplits: 13 }).split(aSeries(12))],
    ['more purged folds than times', () => new PurgedKFold({ nSplits: 13 }).split(aSeries(12))],
    ['more blocks than times', () => new CombinatorialPurged({ nFolds: 13 }).split(aSeries(12))],
    ['an embargo that leaves nothing', () => new PurgedKFold({ nSplits: 2, embargoMs: 1e9 }).split(aSeries(12))],
    ['a window of no time', () => mostRecentRows(Float64Array.of(1), Uint32Array.of(0), 0)],
    ['a window of rows that are not there', () => mostRecentRows(Float64Array.of(1), Uint32Array.of(1), 1)],
  ])('refuses %s', (_what, make) => {
    expect(make).toThrow(refused('OUT_OF_RANGE'));
  });

  const every: readonly Splitter[] = [
    new PurgedWalkForward({ nSplits: 2 }),
    new KFold({ nSplits: 3 }),
    new StratifiedKFold({ nSplits: 3 }),
    new PurgedKFold({ nSplits: 3 }),
    new CombinatorialPurged({ nFolds: 4 }),
  ];

  it.each(every)(
    '$name refuses unsorted times, labels that end before their row, and times that are none',
    (splitter) => {
      const data = aSeries(40);
      expect(() => splitter.split({ ...data, timestamps: data.timestamps.with(7, -1) })).toThrow(refused('UNSORTED'));
      expect(() => splitter.split({ ...data, labelEndsAt: data.labelEndsAt.with(7, 6_999) })).toThrow(
        /labelEndsAt of row 7 must not be before its timestamp 7000; got 6999/,
      );
      expect(() => splitter.split({ ...data, labelEndsAt: data.labelEndsAt.with(0, Number.NaN) })).toThrow(
        refused('NOT_FINITE'),
      );
      expect(() => splitter.split({ ...data, labelEndsAt: data.labelEndsAt.slice(1) })).toThrow(
        refused('LENGTH_MISMATCH'),
      );
      const none = new Float64Array();
      expect(() => splitter.split({ ...data, timestamps: none, labelEndsAt: none })).toThrow(refused('EMPTY_INPUT'));
      expect(() => splitter.split(data)).not.toThrow();
    },
  );

  it("refuses the host's folds on labels that end before their row, which no purge could judge", () => {
    const data = aSeries(12);
    const folds = [{ train: Uint32Array.of(0, 1, 2, 3), test: Uint32Array.of(8, 9) }];
    expect(() => requireSoundFolds({ ...data, labelEndsAt: data.labelEndsAt.with(9, 0) }, folds)).toThrow(
      refused('OUT_OF_RANGE'),
    );
  });

  it('refuses a stratified fold that would test one class, and a regression', () => {
    const data = aSeries(12, { horizon: 0 });
    const rare = { ...data, targets: data.targets.map((_, row) => (row < 2 ? 1 : 0)) };
    expect(() => new StratifiedKFold({ nSplits: 3 }).split(rare)).toThrow(
      /fold 3 of 3 must test at least two classes; got only 'down' in 4 rows: use fewer folds/,
    );
    const { classes: _, ...regression } = data;
    expect(() => new StratifiedKFold().split(regression)).toThrow(refused('INVALID_TYPE'));
  });

  it('refuses a k-fold whose training rows have one class', () => {
    const data = aSeries(12, { horizon: 0 });
    const oneSided = { ...data, targets: data.targets.map((_, row) => (row < 6 ? 1 : 0)) };
    expect(() => requireSoundFolds(oneSided, new KFold({ nSplits: 2 }).split(oneSided))).toThrow(
      refused('SINGLE_CLASS'),
    );
  });
});

describe('mostRecentRows', () => {
  it('keeps whole times, of all groups, however few rows they have', () => {
    const timestamps = Float64Array.of(10, 10, 20, 30, 30, 40);
    const rows = Uint32Array.of(0, 1, 2, 3, 4);
    expect([...mostRecentRows(timestamps, rows, 1)]).toEqual([3, 4]);
    expect([...mostRecentRows(timestamps, rows, 2)]).toEqual([2, 3, 4]);
    expect([...mostRecentRows(timestamps, rows, 9)]).toEqual([...rows]);
    expect([...mostRecentRows(timestamps, new Uint32Array(), 9)]).toEqual([]);
  });
});
