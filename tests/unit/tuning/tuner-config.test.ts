import { type Clock, ManualClock, type PerformanceStorage, parseMlConfig } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  defineSpace,
  type FitRunner,
  f1Scoring,
  float,
  HyperparameterTuner,
  PurgedWalkForward,
  type TunerOptionsOfFamily,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { stumpFamily, type stumpSpace } from './a-family.ts';
import { aSeries } from './a-series.ts';

const data = aSeries(240);
let clock: Clock;
let storage: PerformanceStorage;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
});

function aTuner(changes: Partial<TunerOptionsOfFamily<typeof stumpSpace>> = {}) {
  return new HyperparameterTuner({ family: stumpFamily(), storage, clock, ...changes });
}

const studyOf = async (studyId: string) => (await storage.studies.get(studyId))!;

describe('the configuration of a tuner', () => {
  it('decides trials, folds, embargo, metric, seed and parallelism', async () => {
    const { hyperparameterTuning } = parseMlConfig({
      hyperparameterTuning: {
        nTrials: 3,
        nSplits: 2,
        embargoMs: 2_000,
        metric: 'log_loss',
        seed: 'configured',
        parallelism: 9,
      },
    });
    const { studyId, experiments } = await aTuner({ config: hyperparameterTuning }).randomSearch(data);
    expect(experiments.map(({ cvScores }) => cvScores.length)).toEqual([2, 2, 2]);
    expect(await studyOf(studyId)).toMatchObject({
      sampler: 'random',
      metric: 'log_loss',
      direction: 'minimize',
      seed: 'configured',
      parallelism: 9,
      settings: { splitter: { name: 'purged-walk-forward', nSplits: 2, embargoMs: 2_000 } },
    });
  });

  it('gives way to what is said in code', async () => {
    const tuner = aTuner({
      config: { nTrials: 3, nSplits: 2, metric: 'log_loss', seed: 'configured' },
      splitter: new PurgedWalkForward({ nSplits: 4 }),
      metric: f1Scoring('up'),
      seed: 'given',
    });
    const { studyId, experiments } = await tuner.randomSearch(data, { nTrials: 2 });
    expect(experiments.length).toBe(2);
    expect(await studyOf(studyId)).toMatchObject({
      metric: 'f1_score:up',
      seed: 'given',
      settings: { splitter: { nSplits: 4 } },
    });
  });

  it('has the documented defaults when there is none: no embargo of its own, so that the labels decide', async () => {
    const { studyId, experiments } = await aTuner().search(data);
    expect(experiments.length).toBe(50);
    const study = await studyOf(studyId);
    expect(study).toMatchObject({ sampler: 'random', metric: 'accuracy', seed: 'mlperf', parallelism: 4 });
    expect(study.settings?.splitter).toStrictEqual({ name: 'purged-walk-forward', nSplits: 5, minTrainRows: 2 });
  });

  it('that leaves the embargo out keeps training labels a median label span away from the test', async () => {
    const family = stumpFamily();
    await aTuner({ family, config: { nTrials: 1, nSplits: 2 } }).search(data);
    const spans = data.labelEndsAt.map((end, row) => end - data.timestamps[row]!).sort();
    const median = spans[Math.floor((spans.length - 1) / 2)]!;
    expect(median).toBeGreaterThan(0);
    const times = [...new Set(data.timestamps)].sort((a, b) => a - b);
    const testSize = Math.floor(times.length / 3);
    family.fits.forEach((train, fold) => {
      const firstTest = times[times.length - (2 - fold) * testSize]!;
      expect(Math.max(...train.labelEndsAt) + median).toBeLessThan(firstTest);
    });
    expect(family.fits.length).toBe(2);
  });

  it('chooses the sampler of a search', async () => {
    const random = await aTuner({ config: { sampler: 'random', nTrials: 4 } }).search(data);
    expect((await studyOf(random.studyId)).sampler).toBe('random');
    expect(random.experiments).toEqual((await aTuner().randomSearch(data, { nTrials: 4 })).experiments);

    const tuner = aTuner({ config: { sampler: 'grid', nTrials: 6 } });
    const some = await tuner.search(data);
    expect((await studyOf(some.studyId)).sampler).toBe('grid');
    expect(some.experiments.length).toBe(6);
    // The whole grid has 2 · 5 · 2 points; its study goes on from those.
    const whole = await tuner.gridSearch(data);
    expect(whole).toMatchObject({ studyId: some.studyId, resumedTrials: 6, completeTrials: 2 * 5 * 2 });
    expect((await tuner.search(data, { nTrials: 100 })).experiments.length).toBe(2 * 5 * 2);
  });

  it.each(['auto', 'tpe', 'gp', 'cma-es'] as const)('may search by %s', async (sampler) => {
    const searchSpace = defineSpace({ threshold: float(-1, 1) });
    const tuner = new HyperparameterTuner({
      family: stumpFamily(),
      searchSpace,
      splitter: new PurgedWalkForward({ nSplits: 2 }),
      storage,
      clock,
      config: { sampler, nTrials: 14 },
    });
    const { studyId, experiments } = await tuner.search(data);
    expect((await studyOf(studyId)).sampler).toBe(sampler);
    expect(experiments.length).toBe(14);
    const named = await tuner.bayesianOptimization(data, { sampler, nTrials: 14, studyId: 'named' });
    expect(named.experiments.map((trial) => trial.hyperparameters)).toEqual(
      experiments.map((trial) => trial.hyperparameters),
    );
  });

  it('ends a trial at its deadline, unless the search names another', async () => {
    const runner: FitRunner = { concurrency: 1, fit: () => new Promise(() => undefined) };
    const immediate: Clock = { now: () => 5, sleep: async () => undefined };
    const tuner = aTuner({ executor: runner, clock: immediate, config: { nTrials: 1, deadlineMs: 40 } });
    const [configured] = (await tuner.search(data)).experiments;
    expect(configured?.notes).toMatch(/DEADLINE_EXCEEDED.* 40 ms/);
    const [named] = (await tuner.search(data, { trialDeadlineMs: 30, studyId: 'named' })).experiments;
    expect(named?.notes).toMatch(/DEADLINE_EXCEEDED.* 30 ms/);
  });

  it.each([
    [{ metric: 'sharpe' }, /metric must be one of accuracy, f1_macro, log_loss, f1_score:<class>.*got 'sharpe'/],
    [{ nSplits: 1 }, /ml\.hyperparameterTuning\.nSplits must be a whole number from 2 to 100; got 1/],
    [{ nTrails: 5 } as object, /nTrails is not a known field; did you mean nTrials\?/],
  ])('refuses %o', (config, message) => {
    expect(() => aTuner({ config })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(message) }),
    );
  });

  it('may name a metric of the host, when the host gives it', () => {
    const metric = { ...f1Scoring('up'), name: 'my_score' };
    expect(() => aTuner({ metric, config: { metric: 'my_score' } })).not.toThrow();
  });
});
