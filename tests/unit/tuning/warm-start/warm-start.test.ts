import { createDataset, type Dataset, type JsonObject, ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  boolean,
  defineSpace,
  float,
  HyperparameterTuner,
  int,
  logLossScoring,
  PurgedWalkForward,
  readTrialAnswers,
  type SearchSpace,
  type SharedTunerOptions,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { stumpFamily, stumpSpace } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

const SECOND = 1_000;
const HALF_LIFE = 100 * SECOND;
const data = aSeries(120);
let storage: PerformanceStorage;

beforeEach(() => {
  storage = openMemoryStorage({ clock: new ManualClock(0) });
});

/** The series, as much later. */
function later(of: Dataset, seconds: number): Dataset {
  return createDataset({
    ...of,
    classes: of.classes!,
    timestamps: of.timestamps.map((at) => at + seconds * SECOND),
    labelEndsAt: of.labelEndsAt.map((at) => at + seconds * SECOND),
  });
}

function aTuner(options: Partial<SharedTunerOptions> = {}, searchSpace: SearchSpace = stumpSpace) {
  return new HyperparameterTuner({
    family: stumpFamily(),
    searchSpace,
    splitter: new PurgedWalkForward({ nSplits: 4 }),
    storage,
    seed: 'warm',
    clock: new ManualClock(0),
    ...options,
  });
}

interface Learned {
  readonly leftOut: JsonObject;
  readonly observations: readonly { readonly parameters: JsonObject; readonly loss: number; readonly weight: number }[];
}

async function learnedBy(studyId: string): Promise<Learned> {
  return JSON.parse(JSON.stringify((await storage.studies.get(studyId))?.settings?.warmStart)) as Learned;
}

const NOTHING_LEFT_OUT = { notComplete: 0, otherSpace: 0, notComparable: 0, tooOld: 0, tooMany: 0 };

describe('a warm start', () => {
  it('takes the complete trials of earlier studies, the oldest data first, each half as heavy a half-life on', async () => {
    await aTuner().randomSearch(data, { nTrials: 3, studyId: 'old' });
    await aTuner({ seed: 'other' }).randomSearch(later(data, 100), { nTrials: 2, studyId: 'newer' });
    const warmStart = { studies: ['newer', 'old'], halfLifeMs: HALF_LIFE };
    await aTuner({ warmStart }).bayesianOptimization(later(data, 200), { nTrials: 1, studyId: 'now', sampler: 'tpe' });
    const { observations, leftOut } = await learnedBy('now');
    expect(leftOut).toEqual(NOTHING_LEFT_OUT);
    expect(observations.map(({ weight }) => weight)).toEqual([0.25, 0.25, 0.25, 0.5, 0.5]);
    const old = (await storage.trials.list({ studyId: 'old' })).items;
    expect(observations.slice(0, 3).map(({ parameters }) => parameters)).toEqual(
      old.map(({ hyperparameters }) => hyperparameters),
    );
    // The same rows at another time: their scores compare as they are.
    expect(observations.slice(0, 3).map(({ loss }) => loss)).toEqual(old.map(({ meanCvScore }) => -meanCvScore!));
  });

  it('gives data that is newer than its own the weight of its own', async () => {
    await aTuner().randomSearch(later(data, 500), { nTrials: 2, studyId: 'later' });
    const warmStart = { studies: ['later'], halfLifeMs: HALF_LIFE };
    await aTuner({ warmStart }).bayesianOptimization(data, { nTrials: 1, studyId: 'now', sampler: 'tpe' });
    expect((await learnedBy('now')).observations.map(({ weight }) => weight)).toEqual([1, 1]);
  });

  it('leaves out data of more than ten half-lives ago, and counts it', async () => {
    await aTuner().randomSearch(data, { nTrials: 2, studyId: 'ancient' });
    const warmStart = { studies: ['ancient'], halfLifeMs: SECOND };
    await aTuner({ warmStart }).bayesianOptimization(later(data, 11), { nTrials: 1, studyId: 'now', sampler: 'tpe' });
    expect(await learnedBy('now')).toMatchObject({ observations: [], leftOut: { ...NOTHING_LEFT_OUT, tooOld: 2 } });
  });

  it.each([
    {
      name: 'accuracy',
      metric: undefined,
      comparable: (score: number, there: number, here: number) => -(score + here - there),
    },
    {
      name: 'log loss',
      metric: logLossScoring,
      comparable: (loss: number, there: number, here: number) => (loss * here) / there,
    },
  ])('compares $name across data by what is reached there and here without skill', async ({ metric, comparable }) => {
    const options = metric === undefined ? {} : { metric };
    const uneven = createDataset({
      ...data,
      classes: data.classes!,
      targets: data.targets.map((target, row) => (row % 3 === 0 ? 1 : target)),
    });
    const { experiments } = await aTuner(options).randomSearch(uneven, { nTrials: 3, studyId: 'old' });
    const warmStart = { studies: ['old'], halfLifeMs: HALF_LIFE };
    const now = await aTuner({ ...options, warmStart }).bayesianOptimization(data, {
      nTrials: 1,
      studyId: 'now',
      sampler: 'tpe',
    });
    const there = (await readTrialAnswers(storage, experiments[0]!))!.rows.noSkillScore!;
    const here = (await readTrialAnswers(storage, now.experiments[0]!))!.rows.noSkillScore!;
    expect(there).not.toBeCloseTo(here, 2);
    const { observations } = await learnedBy('now');
    observations.forEach(({ loss }, i) => {
      expect(loss).toBeCloseTo(comparable(experiments[i]!.meanCvScore!, there, here), 12);
    });
  });

  it('leaves out trials that are no points of the new search, or never had a score, and counts them', async () => {
    const wide = defineSpace({ column: int(0, 1), threshold: float(-0.8, 0.8, { step: 0.4 }), inverted: boolean() });
    const old = await aTuner({}, wide).randomSearch(data, { nTrials: 12, studyId: 'old' });
    await aTuner({ baseParams: { failFrom: 1 } }).randomSearch(data, { nTrials: 2, studyId: 'failed' });
    await aTuner({ baseParams: { jitter: 0.1 } }).randomSearch(data, { nTrials: 3, studyId: 'other base' });
    const narrow = defineSpace({ column: int(0, 1), threshold: float(0, 0.8, { step: 0.4 }), inverted: boolean() });
    const warmStart = { studies: ['old', 'failed', 'other base'], halfLifeMs: HALF_LIFE };
    const tuner = aTuner({ warmStart }, narrow);
    await tuner.bayesianOptimization(data, { nTrials: 1, studyId: 'now', sampler: 'tpe' });
    const inside = old.experiments.filter(({ hyperparameters }) => Number(hyperparameters.threshold) >= 0).length;
    expect(inside).toBeGreaterThan(0);
    expect(inside).toBeLessThan(12);
    const { observations, leftOut } = await learnedBy('now');
    expect(observations.length).toBe(inside);
    expect(leftOut).toEqual({ ...NOTHING_LEFT_OUT, notComplete: 2, otherSpace: 12 - inside + 3 });

    const missing = defineSpace({ column: int(0, 1), threshold: float(-0.8, 0.8, { step: 0.4 }) });
    await aTuner({ baseParams: { inverted: false } }, missing).randomSearch(data, { nTrials: 4, studyId: 'fixed' });
    const fromFixed = { studies: ['fixed'], halfLifeMs: HALF_LIFE };
    await aTuner({ warmStart: fromFixed }).bayesianOptimization(data, { nTrials: 1, studyId: 'then', sampler: 'tpe' });
    // What was fixed there and is searched here was given: those are points of this space.
    expect((await learnedBy('then')).observations.length).toBe(4);
  });

  it('is learned from: a sampler begins where others ended, and not at random', async () => {
    await aTuner().randomSearch(data, { nTrials: 40, studyId: 'old' });
    const warmStart = { studies: ['old'], halfLifeMs: HALF_LIFE };
    const search = (options: Partial<SharedTunerOptions>, studyId: string) =>
      aTuner(options).bayesianOptimization(later(aSeries(120, { seed: 'new' }), 20), {
        nTrials: 8,
        studyId,
        sampler: 'tpe',
        duplicates: 'replicate',
      });
    const cold = await search({}, 'cold');
    const warm = await search({ warmStart }, 'warm');
    const mean = (of: typeof warm) => of.experiments.reduce((sum, trial) => sum + trial.meanCvScore!, 0) / 8;
    expect(mean(warm)).toBeGreaterThan(mean(cold) + 0.05);
  });

  it('inherits the luck of every trial tried before on data that overlaps, each study once', async () => {
    const learning = (studies: readonly string[]) => aTuner({ warmStart: { studies, halfLifeMs: 100 * HALF_LIFE } });
    await aTuner().randomSearch(data, { nTrials: 7, studyId: 'first' });
    await aTuner().randomSearch(later(data, 500), { nTrials: 5, studyId: 'much later' });
    const second = await learning(['first']).randomSearch(later(data, 20), { nTrials: 3, studyId: 'second' });
    const third = await learning(['second', 'first', 'much later']).randomSearch(data, {
      nTrials: 2,
      studyId: 'third',
    });
    const apart = await learning(['third']).randomSearch(later(data, 500), { nTrials: 1, studyId: 'apart' });
    const tried = async (studyId: string) => (await learnedBy(studyId)) as Learned & { readonly tried: number };
    expect((await tried('second')).tried).toBe(7);
    expect((await tried('third')).tried).toBe(3 + 7);
    expect((await tried('apart')).tried).toBe(5);
    expect(second.report.reasons[0]).toContain('after the luck of 10 trials');
    expect(third.report.trials.tried).toBe(2);
    expect(third.report.reasons[0]).toContain('after the luck of 12 trials');
    expect(third.report.reasons).toContain(
      '10 of the trials are of studies that were learned from, on data that overlaps: their luck counts',
    );
    expect(apart.report.trials.tried).toBe(1);
  });

  it('stays what it was when the study was created, and the study goes on bit for bit', async () => {
    const warmStart = { studies: ['old'], halfLifeMs: HALF_LIFE };
    const search = (nTrials: number) =>
      aTuner({ warmStart }).bayesianOptimization(later(data, 50), { nTrials, sampler: 'tpe' });
    await aTuner().randomSearch(data, { nTrials: 15, studyId: 'old' });
    const whole = await search(8);

    storage = openMemoryStorage({ clock: new ManualClock(0) });
    await aTuner().randomSearch(data, { nTrials: 15, studyId: 'old' });
    const begun = await search(3);
    await aTuner().randomSearch(data, { nTrials: 30, studyId: 'old' });
    const resumed = await search(8);
    expect(resumed.studyId).toBe(begun.studyId);
    expect(resumed.resumedTrials).toBe(3);
    expect(resumed.experiments).toEqual(whole.experiments);
  });

  it('belongs to the study: another one is another search', async () => {
    await aTuner().randomSearch(data, { nTrials: 2, studyId: 'old' });
    const search = (halfLifeMs: number) =>
      aTuner({ warmStart: { studies: ['old'], halfLifeMs } }).bayesianOptimization(later(data, 9), {
        nTrials: 1,
        studyId: 'now',
        sampler: 'tpe',
      });
    await search(1_000);
    await expect(search(2_000)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('from a study that is not there, or of another kind, or from itself is refused before anything is written', async () => {
    const search = (studies: readonly string[], options: Partial<SharedTunerOptions> = {}) =>
      aTuner({ ...options, warmStart: { studies, halfLifeMs: 1 } }).randomSearch(data, { nTrials: 1, studyId: 'now' });
    await expect(search(['nobody'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await aTuner({ metric: logLossScoring }).randomSearch(data, { nTrials: 1, studyId: 'log loss' });
    await expect(search(['log loss'])).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    expect(await storage.studies.get('now')).toBeUndefined();
    await aTuner().randomSearch(data, { nTrials: 1, studyId: 'now' });
    await expect(search(['now'])).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });

  it.each([
    [{ studies: [], halfLifeMs: 1 }, 'EMPTY_INPUT'],
    [{ studies: ['a', 'a'], halfLifeMs: 1 }, 'INVALID_RECORD'],
    [{ studies: ['a'], halfLifeMs: 0 }, 'OUT_OF_RANGE'],
    [{ studies: ['a'], halfLifeMs: Number.POSITIVE_INFINITY }, 'OUT_OF_RANGE'],
  ])('of %j is refused', (warmStart, code) => {
    expect(() => aTuner({ warmStart })).toThrow(expect.objectContaining({ code }) as Error);
  });
});
