import { ManualClock, type PerformanceStorage, type SearchSpace } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  categorical,
  defineSpace,
  float,
  HyperparameterTuner,
  int,
  logLossScoring,
  PurgedWalkForward,
  Study,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { learnerFamily } from './a-learner.ts';
import { unsteadyRunner } from './a-runner.ts';

const data = aSeries(90);
const narrow = defineSpace({ pull: float(0.2, 0.6), depth: int(2, 4) });
const wide = defineSpace({ pull: float(0.2, 1), depth: int(1, 4) });
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
});

function tunerIn<S extends SearchSpace>(searchSpace: S, concurrency = 2) {
  const family = learnerFamily();
  return new HyperparameterTuner({
    family,
    searchSpace,
    splitter: new PurgedWalkForward({ nSplits: 2 }),
    metric: logLossScoring,
    storage,
    seed: 'wider',
    clock,
    executor: unsteadyRunner(family, concurrency),
  });
}

describe('a study that goes on in a wider space', () => {
  it('keeps its trials, searches the wider space from there, and records what changed', async () => {
    const studyId = 's';
    const before = await tunerIn(narrow).bayesianOptimization(data, { nTrials: 15, sampler: 'tpe', studyId });
    clock.advance(5_000);
    const after = await tunerIn(wide).bayesianOptimization(data, { nTrials: 60, sampler: 'tpe', studyId });
    expect(after.experiments.slice(0, 15)).toEqual(before.experiments);
    expect(after).toMatchObject({ completeTrials: 60, resumedTrials: 15 });
    const reached = after.experiments.slice(15).map(({ hyperparameters }) => hyperparameters);
    expect(reached.some(({ pull }) => (pull as number) > 0.6)).toBe(true);
    expect(reached.some(({ depth }) => depth === 1)).toBe(true);
    expect(await storage.studies.get('s')).toMatchObject({ searchSpace: { pull: { low: 0.2, high: 0.6 } } });
    expect(await storage.studies.get('s/space-1')).toMatchObject({
      searchSpace: { pull: { low: 0.2, high: 1 }, depth: { low: 1, high: 4 } },
      createdAt: 1_005_000,
      settings: {
        widens: 's',
        fromTrial: 15,
        changes: [
          { parameter: 'pull', change: 'range-widened', from: { high: 0.6 }, to: { high: 1 } },
          { parameter: 'depth', change: 'range-widened', from: { low: 2 }, to: { low: 1 } },
        ],
      },
    });
    // Resumed as it is now, it runs nothing; in the space before, it is another search.
    expect(
      (await tunerIn(wide).bayesianOptimization(data, { nTrials: 60, sampler: 'tpe', studyId })).resumedTrials,
    ).toBe(60);
    await expect(
      tunerIn(narrow).bayesianOptimization(data, { nTrials: 60, sampler: 'tpe', studyId }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/it differs in searchSpace: .*'pull' was .*"high":1.*, is .*"high":0\.6/),
    });
  });

  it('is the same however it is interrupted after that', async () => {
    const run = async (interrupted: boolean) => {
      storage = openMemoryStorage({ clock });
      await tunerIn(narrow).randomSearch(data, { nTrials: 5, studyId: 's' });
      if (interrupted) {
        const controller = new AbortController();
        const tuner = tunerIn(wide, 4);
        tuner.on('trial-completed', ({ finishedTrials }) => {
          if (finishedTrials === 9) controller.abort();
        });
        await expect(
          tuner.randomSearch(data, { nTrials: 20, studyId: 's', signal: controller.signal }),
        ).rejects.toMatchObject({
          code: 'ABORTED',
        });
      }
      const { experiments } = await tunerIn(wide, 1).randomSearch(data, { nTrials: 20, studyId: 's' });
      return experiments.map(({ hyperparameters, cvScores }) => ({ hyperparameters, cvScores }));
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it('has each point of the wider grid once, those it had before left out', async () => {
    const small = defineSpace({ depth: int(2, 3), pull: float(0, 1, { step: 0.5 }) });
    const large = defineSpace({ depth: int(1, 4), pull: float(0, 1, { step: 0.5 }) });
    const enqueue = [{ depth: 3, pull: 0.5 }];
    await tunerIn(small).gridSearch(data, { studyId: 'g', enqueue });
    const controller = new AbortController();
    const tuner = tunerIn(large, 1);
    tuner.on('trial-completed', ({ finishedTrials }) => {
      if (finishedTrials === 9) controller.abort();
    });
    await expect(tuner.gridSearch(data, { studyId: 'g', signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const { experiments } = await tunerIn(large).gridSearch(data, { studyId: 'g' });
    // One asked for, the 2 × 3 of the small grid, and the 2 × 3 that are new.
    expect(experiments.length).toBe(1 + 6 + 6);
    const points = experiments.slice(1).map(({ hyperparameters }) => JSON.stringify(hyperparameters));
    expect(new Set(points).size).toBe(4 * 3);
  });

  it('may get more choices', async () => {
    const storageOf = { storage, studyId: 'c', direction: 'minimize', seed: 's', clock } as const;
    const one = defineSpace({ loss: categorical(['l1', 'l2']), x: float(0, 1) });
    const two = defineSpace({ loss: categorical(['l1', 'l2', 'huber']), x: float(0, 1) });
    await (await Study.open({ ...storageOf, searchSpace: one })).optimize(({ x }) => x, { nTrials: 6 });
    const study = await Study.open({ ...storageOf, searchSpace: two });
    const { experiments } = await study.optimize(({ x, loss }) => (loss === 'huber' ? x - 1 : x), { nTrials: 40 });
    expect(study.best!.params.loss).toBe('huber');
    expect(experiments.length).toBe(40);
    const dropped = defineSpace({ loss: categorical(['l2', 'huber']), x: float(0, 1) });
    await expect(Study.open({ ...storageOf, searchSpace: dropped })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  const refused: readonly (readonly [string, SearchSpace, RegExp])[] = [
    ['a narrower range', defineSpace({ pull: float(0.3, 0.6), depth: int(2, 4) }), /'pull' was/],
    ['a parameter more', defineSpace({ pull: float(0.2, 0.6), depth: int(2, 4), steps: int(1, 9) }), /'steps' is new/],
    ['a parameter fewer', defineSpace({ pull: float(0.2, 0.6) }), /'depth' is gone/],
    ['another scale', defineSpace({ pull: float(0.2, 0.6, { log: true }), depth: int(2, 4) }), /'pull' was/],
    ['another step', defineSpace({ pull: float(0.2, 0.6), depth: int(2, 4, { step: 2 }) }), /'depth' was/],
  ];
  for (const [what, space, message] of refused) {
    it(`is refused with ${what}, and nothing is written`, async () => {
      const { experiments } = await tunerIn(narrow).randomSearch(data, { nTrials: 2, studyId: 's' });
      await expect(tunerIn(space).randomSearch(data, { nTrials: 4, studyId: 's' })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(message),
      });
      expect((await storage.trials.list({ studyId: 's' })).items).toEqual(experiments);
      expect(await storage.studies.get('s/space-1')).toBeUndefined();
    });
  }

  it('must have ended its trials first: each has one space', async () => {
    const options = { storage, studyId: 'o', direction: 'minimize', seed: 's', clock } as const;
    const study = await Study.open({ ...options, searchSpace: narrow });
    const trial = await study.ask();
    await expect(Study.open({ ...options, searchSpace: wide })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('trial 0 has begun and not ended'),
    });
    await study.tell(trial, 1);
    expect((await (await Study.open({ ...options, searchSpace: wide })).ask()).trialNumber).toBe(1);
  });

  it('is refused to a process that has the narrower one open, before it begins a trial', async () => {
    const options = { storage, studyId: 'o', direction: 'minimize', seed: 's', clock } as const;
    const before = await Study.open({ ...options, searchSpace: narrow });
    await before.optimize(({ pull }) => pull, { nTrials: 3 });
    const after = await Study.open({ ...options, searchSpace: wide });
    const conflict = { code: 'CONFLICT', message: expect.stringContaining('which it has from trial 3 on') };
    await expect(before.ask()).rejects.toMatchObject(conflict);
    await expect(before.optimize(({ pull }) => pull, { nTrials: 6 })).rejects.toMatchObject(conflict);
    // What it has is what it was, and its claim is given back.
    expect((await before.optimize(({ pull }) => pull, { nTrials: 3 })).completeTrials).toBe(3);
    expect((await after.optimize(({ pull }) => pull, { nTrials: 6 })).completeTrials).toBe(6);
    await expect(before.optimize(({ pull }) => pull, { nTrials: 6 })).rejects.toMatchObject(conflict);
    expect((await Study.open({ ...options, searchSpace: wide })).experiments.length).toBe(6);
  });

  it('is recorded only while no trial has begun, however late that is', async () => {
    const options = { studyId: 'o', direction: 'minimize', seed: 's', clock } as const;
    const study = await Study.open({ ...options, storage, searchSpace: narrow });
    await study.tell(await study.ask(), 1);
    // The other process asks between the first look and the record.
    const late = {
      studies: storage.studies,
      trials: storage.trials,
      transaction: (async (work) => {
        await study.ask();
        return storage.transaction(work);
      }) as PerformanceStorage['transaction'],
    };
    await expect(Study.open({ ...options, storage: late, searchSpace: wide })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('trial 1 has begun and not ended'),
    });
    expect(await storage.studies.get('o/space-1')).toBeUndefined();
    await study.close();
    const { studies, trials } = storage;
    const bare = { ...options, storage: { studies, trials }, searchSpace: wide };
    await expect(Study.open(bare)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is no study of its own: such ids are refused, and a record that widens nothing is no wider space', async () => {
    const options = { storage, direction: 'minimize', seed: 's', clock } as const;
    await expect(Study.open({ ...options, studyId: 'a/space-1', searchSpace: wide })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    await (await Study.open({ ...options, studyId: 'a', searchSpace: narrow })).optimize(() => 1, { nTrials: 1 });
    const own = (await storage.studies.get('a'))!;
    await storage.studies.create({ ...own, studyId: 'a/space-1', seed: 'other' });
    const again = await Study.open({ ...options, studyId: 'a', searchSpace: narrow });
    expect((await again.optimize(() => 1, { nTrials: 2 })).completeTrials).toBe(2);
    await again.close();
    await expect(Study.open({ ...options, studyId: 'a', searchSpace: wide })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('must look back on as many rows as before: all trials are scored on the same', async () => {
    const family = { ...learnerFamily(), lookBackOf: ({ depth = 0 }: { depth?: number }) => depth };
    const tuner = (searchSpace: SearchSpace) =>
      new HyperparameterTuner({
        family,
        searchSpace,
        splitter: new PurgedWalkForward({ nSplits: 2 }),
        storage,
        seed: 's',
        clock,
      });
    await tuner(defineSpace({ depth: int(1, 3) })).randomSearch(data, { nTrials: 1, studyId: 's' });
    await expect(
      tuner(defineSpace({ depth: int(1, 5) })).randomSearch(data, { nTrials: 2, studyId: 's' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('looked back 3 rows, and would 5'),
    });
  });
});
