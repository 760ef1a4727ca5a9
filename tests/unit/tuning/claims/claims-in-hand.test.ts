import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  defineSpace,
  float,
  HyperparameterTuner,
  MedianPruner,
  PurgedWalkForward,
  RandomSampler,
  Study,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';
import { unsteadyRunner } from '../study/a-runner.ts';

const space = defineSpace({ x: float(0, 1) });
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000);
  storage = openMemoryStorage({ clock });
});

const someTurns = async () => {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a process', () => {
  it('claims no trial of an objective that would only stand in line: a crash costs it nothing', async () => {
    const sampler = new RandomSampler(space);
    const study = await Study.open({
      ...{ storage, studyId: 's', searchSpace: space, direction: 'minimize', seed: 'a', clock, sampler },
      parallelism: 8,
    });
    const claimed: number[] = [];
    const objective = async ({ x }: { readonly x: number }) => {
      await someTurns();
      claimed.push((await storage.trials.claims('s')).length);
      return x;
    };
    await study.optimize(objective, { nTrials: 12, concurrency: 2 });
    expect(claimed.length).toBe(12);
    expect(Math.max(...claimed)).toBe(2);
  });

  it.each([undefined, new MedianPruner()])(
    'claims no trial whose folds would all stand in line (%o)',
    async (pruner) => {
      const family = stumpFamily();
      const runner = unsteadyRunner(family, 2);
      const claimed: number[] = [];
      const tuner = new HyperparameterTuner({
        family,
        splitter: new PurgedWalkForward({ nSplits: 4 }),
        storage,
        seed: 'a',
        clock,
        config: { parallelism: 8 },
        executor: {
          concurrency: runner.concurrency,
          async fit(request, options) {
            await someTurns();
            claimed.push((await storage.trials.claims('s')).length);
            return runner.fit(request, options);
          },
        },
        ...(pruner === undefined ? {} : { pruner }),
      });
      await tuner.randomSearch(aSeries(120), { nTrials: 8, studyId: 's', duplicates: 'replicate' });
      expect(Math.max(...claimed)).toBe(2);
      expect(runner.peak()).toBe(2);
    },
  );
});
