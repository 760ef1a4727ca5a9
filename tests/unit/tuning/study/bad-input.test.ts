import { createDataset, type Dataset, ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  defineSpace,
  float,
  HyperparameterTuner,
  KFold,
  linearConstraint,
  PurgedWalkForward,
  type ScoringMetric,
  type SearchSpace,
  type Splitter,
  StratifiedKFold,
  Study,
} from '@mlperf/tuning';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

const data = aSeries(120);
const space = defineSpace({ threshold: float(-1, 1) });
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
  await tunerOf({}).randomSearch(data, { nTrials: 3, studyId: 'before' });
});

/** Whatever is refused, what was stored before stays and goes on. */
afterEach(async () => {
  const result = await tunerOf({}).randomSearch(data, { nTrials: 5, studyId: 'before' });
  expect(result).toMatchObject({ completeTrials: 5, resumedTrials: 3 });
});

function tunerOf({
  searchSpace = space,
  splitter = new PurgedWalkForward({ nSplits: 3 }),
  metric,
}: {
  readonly searchSpace?: SearchSpace;
  readonly splitter?: Splitter;
  readonly metric?: ScoringMetric;
}) {
  return new HyperparameterTuner({
    family: stumpFamily(),
    searchSpace,
    splitter,
    storage,
    seed: 'bad',
    clock,
    ...(metric === undefined ? {} : { metric }),
  });
}

const studiesStored = async () => (await storage.studies.list({})).items.map(({ studyId }) => studyId);

describe('a space', () => {
  it('that is empty is refused', () => {
    expect(() => tunerOf({ searchSpace: {} })).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
  });

  it.each([
    ['crossed bounds', () => defineSpace({ x: float(2, 1) })],
    ['a bound that is not finite', () => defineSpace({ x: float(0, Number.POSITIVE_INFINITY) })],
    [
      'a constraint that contradicts it',
      () => defineSpace({ x: float(0, 1) }, [linearConstraint({ x: 1 }, { atMost: -1 })]),
    ],
    ['a logarithm of 0', () => defineSpace({ x: float(0, 1, { log: true }) })],
  ])('with %s is refused', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it('whose constraints leave nothing is refused before anything is written, whatever searches it', async () => {
    // Neither constraint contradicts the ranges by itself.
    const sum = { x: 1, y: 1, z: 1 };
    const nothing = defineSpace({ x: float(0, 1), y: float(0, 1), z: float(0, 1) }, [
      linearConstraint(sum, { atMost: 1.4 }),
      linearConstraint({ x: -1, y: -1, z: -1 }, { atMost: -1.6 }),
    ]);
    const tuner = tunerOf({ searchSpace: nothing });
    await expect(tuner.randomSearch(data, { nTrials: 2 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(tuner.gridSearch(data, { resolution: 3 })).rejects.toMatchObject({ code: 'EMPTY_INPUT' });
    for (const sampler of ['tpe', 'gp', 'cma-es', 'auto'] as const) {
      await expect(tuner.bayesianOptimization(data, { nTrials: 2, sampler })).rejects.toMatchObject({
        code: 'OUT_OF_RANGE',
      });
    }
    const study = Study.open({ storage, studyId: 's', searchSpace: nothing, direction: 'minimize', seed: 's', clock });
    await expect(study).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(await studiesStored()).toEqual(['before']);
  });
});

describe('a metric', () => {
  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a text', '0.5'],
    ['nothing', undefined],
  ])('that is %s fails its trials, with the reason', async (_, value) => {
    const metric: ScoringMetric = { name: 'bad', direction: 'maximize', score: () => value as number };
    const result = await tunerOf({ metric }).randomSearch(data, { nTrials: 2 });
    expect(result).toMatchObject({ completeTrials: 0, failedTrials: 2 });
    for (const { notes } of result.experiments) {
      expect(notes).toMatch(
        /^fold 1 of 3: TRAINING_FAILED: metric 'bad' must have a finite value on \d+ test rows; got/,
      );
    }
  });

  it('that throws fails its trials, with the reason', async () => {
    const metric: ScoringMetric = {
      name: 'bad',
      direction: 'maximize',
      score: () => {
        throw new RangeError('no prices');
      },
    };
    const { experiments } = await tunerOf({ metric }).randomSearch(data, { nTrials: 2 });
    expect(experiments.map(({ notes }) => notes)).toEqual([
      'fold 1 of 3: RangeError: no prices',
      'fold 1 of 3: RangeError: no prices',
    ]);
  });
});

describe('folds', () => {
  it('that are none are refused', async () => {
    expect(() => new PurgedWalkForward({ nSplits: 0 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => new KFold({ nSplits: 0 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    const none: Splitter = { name: 'none', settings: {}, split: () => [] };
    await expect(tunerOf({ splitter: none }).randomSearch(data, { nTrials: 1 })).rejects.toMatchObject({
      name: 'InvalidInputError',
    });
    expect(await studiesStored()).toEqual(['before']);
  });

  it.each([
    ['walk-forward', () => new PurgedWalkForward({ nSplits: 30 })],
    ['k-fold', () => new KFold({ nSplits: 30 })],
    ['stratified', () => new StratifiedKFold({ nSplits: 30 })],
  ])('that are more than the rows (%s) are refused', async (_, splitter) => {
    await expect(tunerOf({ splitter: splitter() }).randomSearch(aSeries(20), { nTrials: 1 })).rejects.toMatchObject({
      name: 'InvalidInputError',
    });
    expect(await studiesStored()).toEqual(['before']);
  });

  it('that train on one class are refused', async () => {
    const { features, timestamps, labelEndsAt, featureNames } = data;
    const oneSided = createDataset({
      features: Array.from({ length: 120 }, (_, row) => [...features.values.subarray(row * 2, row * 2 + 2)]),
      featureNames,
      targets: Array.from({ length: 120 }, (_, row) => (row < 80 ? 0 : row % 2)),
      classes: ['down', 'up'],
      timestamps,
      labelEndsAt,
    });
    await expect(tunerOf({}).randomSearch(oneSided, { nTrials: 2 })).rejects.toMatchObject({
      code: 'SINGLE_CLASS',
      message: expect.stringMatching(/^fold 1 of 3: training rows must have at least two classes; got only 'down'/),
    });
    expect(await studiesStored()).toEqual(['before']);
  });
});

describe('data', () => {
  const changed = (changes: Partial<Dataset>): Dataset => ({ ...data, ...changes });

  it('with timestamps that are not sorted is refused', async () => {
    const timestamps = data.timestamps.slice();
    [timestamps[3], timestamps[90]] = [timestamps[90]!, timestamps[3]!];
    const unsorted = changed({ timestamps, labelEndsAt: timestamps.map((at) => at + 1_000) });
    await expect(tunerOf({}).randomSearch(unsorted, { nTrials: 1 })).rejects.toMatchObject({
      name: 'InvalidInputError',
    });
    expect(await studiesStored()).toEqual(['before']);
  });

  it('whose labels end before they begin is refused', async () => {
    const labelEndsAt = data.labelEndsAt.slice();
    labelEndsAt[7] = data.timestamps[7]! - 1;
    await expect(tunerOf({}).randomSearch(changed({ labelEndsAt }), { nTrials: 1 })).rejects.toMatchObject({
      name: 'InvalidInputError',
    });
    expect(await studiesStored()).toEqual(['before']);
  });

  it('other than what a study was begun with is refused, and so is another seed', async () => {
    await expect(tunerOf({}).randomSearch(aSeries(121), { nTrials: 5, studyId: 'before' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/it differs in dataVersion \(stored "[0-9a-f]{64}", now "[0-9a-f]{64}"\)/),
    });
    const tuner = new HyperparameterTuner({
      family: stumpFamily(),
      searchSpace: space,
      splitter: new PurgedWalkForward({ nSplits: 3 }),
      storage,
      seed: 'worse',
      clock,
    });
    await expect(tuner.randomSearch(data, { nTrials: 5, studyId: 'before' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('it differs in seed (stored "bad", now "worse")'),
    });
  });
});
