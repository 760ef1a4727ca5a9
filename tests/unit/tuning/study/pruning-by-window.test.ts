import { createDataset, type Dataset, ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  HyperbandPruner,
  HyperparameterTuner,
  logLossScoring,
  type Pruner,
  PurgedWalkForward,
  SuccessiveHalvingPruner,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSeries, spansOnly } from '../a-series.ts';
import { type LearnerFamily, learnerFamily } from './a-learner.ts';
import { unsteadyRunner } from './a-runner.ts';

const data = aSeries(240);
const splitter = new PurgedWalkForward({ nSplits: 3 });
/** Distinct times of the first fold's training rows, and of the windows. */
const times = splitter.split(data)[0]!.train.length;
const rungs = [Math.ceil(times / 9), Math.ceil(times / 3), times];
const neverPrunes: Pruner = { name: 'asked', settings: {}, shouldPrune: () => false };
let storage: PerformanceStorage;
let clock: ManualClock;
let family: LearnerFamily;
/** What each fit was trained on, and judged with while it ran. */
let fits: { readonly train: Dataset; readonly pull: number | undefined; readonly validated: boolean }[];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
  const learner = learnerFamily();
  fits = [];
  family = {
    ...learner,
    fit(train, params, context) {
      fits.push({ train, pull: params.pull, validated: context.validation !== undefined });
      return learner.fit(train, params, context);
    },
  };
});

function tunerWith(pruner: Pruner, { pruneBy = 'window' as 'folds' | 'window', threads = 4, parallelism = 3 } = {}) {
  return new HyperparameterTuner({
    ...{ family, splitter, storage, clock, pruner, pruneBy },
    metric: logLossScoring,
    seed: 'windows',
    executor: unsteadyRunner(family, threads),
    config: { parallelism },
  });
}

describe('pruning by window', () => {
  it('fits a trial on the newest rows of the first fold before all of them, and reports each score', async () => {
    const { experiments } = await tunerWith(neverPrunes).randomSearch(data, { nTrials: 1 });
    const [trial] = experiments;
    const [fold] = splitter.split(data);
    expect(fits.map(({ train }) => train.timestamps.length).slice(0, 3)).toEqual(rungs);
    expect(fits.length).toBe(2 + 3);
    expect(fits.every(({ validated }) => !validated)).toBe(true);
    for (const { train } of fits.slice(0, 2)) {
      const newest = Array.from(fold!.train, (row) => data.timestamps[row]!).slice(-train.timestamps.length);
      expect([...train.timestamps]).toEqual(newest);
    }
    expect(Object.keys(trial!.intermediateValues!).map(Number)).toEqual(rungs);
    expect(trial!.intermediateValues![times]).toBe(trial!.cvScores[0]);
  });

  it('has successive halving save what bad trials would cost, and leaves the scores of the others as they are', async () => {
    const pruner = new SuccessiveHalvingPruner({ minResource: rungs[0]!, reductionFactor: 3 });
    const halved = await tunerWith(pruner).randomSearch(data, { nTrials: 24 });
    expect(halved.prunedTrials).toBeGreaterThan(8);
    expect(halved.completeTrials).toBeGreaterThan(2);
    expect(fits.length).toBeLessThan(24 * 3);
    const whole = await tunerWith(neverPrunes, { pruneBy: 'folds' }).randomSearch(data, { nTrials: 24 });
    for (const { state, trialNumber, cvScores, intermediateValues } of halved.experiments) {
      const alike = whole.experiments[trialNumber!]!.cvScores;
      if (state === 'complete') expect(cvScores).toEqual(alike);
      else expect(rungs).toContain(Math.max(...Object.keys(intermediateValues!).map(Number)));
    }
    expect(halved.best?.score).toBe(whole.best?.score);
  });

  it('decides the same, however many run at once', async () => {
    const run = async (threads: number) => {
      storage = openMemoryStorage({ clock });
      const pruner = new HyperbandPruner({ minResource: rungs[0]!, maxResource: times, reductionFactor: 3 });
      const { experiments } = await tunerWith(pruner, { threads }).randomSearch(data, { nTrials: 20, studyId: 'w' });
      return experiments.map(({ state, cvScores, intermediateValues }) => ({ state, cvScores, intermediateValues }));
    };
    const one = await run(1);
    expect(new Set(one.map(({ state }) => state))).toEqual(new Set(['complete', 'pruned']));
    expect(await run(5)).toEqual(one);
  });

  it('leaves a window of one class out, and refuses data of which none is left before anything is stored', async () => {
    const series = (targets: readonly number[]) =>
      createDataset({
        features: targets.map((_, i) => [i % 7, i % 3]),
        featureNames: ['signal', 'noise'],
        targets,
        classes: ['down', 'up'],
        ...spansOnly(targets.length, 1),
      });
    const flatFrom = (from: number) =>
      series(Array.from({ length: 240 }, (_, i) => (i < times && i >= from ? 1 : i % 2)));
    await tunerWith(neverPrunes).randomSearch(flatFrom(times - rungs[0]! - 4), { nTrials: 1 });
    expect(fits[0]!.train.timestamps.length).toBe(rungs[1]);
    const stored = (await storage.studies.list({})).items.length;
    await expect(tunerWith(neverPrunes).randomSearch(flatFrom(2), { nTrials: 1 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
    });
    expect((await storage.studies.list({})).items.length).toBe(stored);
  });

  it('fails a trial that cannot be fitted on a window', async () => {
    const inner = family.fit;
    family.fit = async (train, ...rest) => {
      if (train.timestamps.length === rungs[1]) throw new Error('too little');
      return inner.call(family, train, ...rest);
    };
    const { experiments } = await tunerWith(neverPrunes).randomSearch(data, { nTrials: 1 });
    expect(experiments[0]).toMatchObject({
      state: 'failed',
      notes: expect.stringMatching(/^fold 1 of 3: .*too little$/),
    });
  });
});
