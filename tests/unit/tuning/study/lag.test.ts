import { ManualClock, type PerformanceStorage, type TrainingExperiment } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  HyperparameterTuner,
  logLossScoring,
  MedianPruner,
  type ObservedTrial,
  type Pruner,
  PurgedWalkForward,
  RandomSampler,
  SuccessiveHalvingPruner,
  TpeSampler,
  trialRandom,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { learnerFamily, learnerSpace } from './a-learner.ts';
import { unsteadyRunner } from './a-runner.ts';

const data = aSeries(120);
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
});

interface Run {
  readonly concurrency: number;
  readonly parallelism?: number;
  readonly pruner?: Pruner;
  readonly pruneBy?: 'folds' | 'steps';
}

function tunerOf({ concurrency, parallelism = 4, ...pruning }: Run) {
  const family = learnerFamily();
  const runner = unsteadyRunner(family, concurrency);
  const tuner = new HyperparameterTuner({
    family,
    splitter: new PurgedWalkForward({ nSplits: 3 }),
    metric: logLossScoring,
    storage,
    seed: 'lag',
    clock,
    executor: runner,
    config: { parallelism },
    ...pruning,
  });
  return { tuner, runner, family };
}

const withoutTimes = (experiments: readonly TrainingExperiment[]) =>
  experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, ...rest }) => rest);

/** Kills the search once so many of its trials are stored, whatever still runs. */
async function killedAfter(trials: number, run: Run, nTrials: number): Promise<void> {
  const { tuner } = tunerOf(run);
  const controller = new AbortController();
  let ended = 0;
  tuner.on('trial-completed', () => {
    if (++ended === trials) controller.abort();
  });
  await expect(
    tuner.bayesianOptimization(data, { nTrials, sampler: 'tpe', signal: controller.signal }),
  ).rejects.toMatchObject({
    code: 'ABORTED',
  });
}

describe('a study with a sampler that learns', () => {
  const pruned: readonly (readonly [string, Omit<Run, 'concurrency'>])[] = [
    ['no pruner', {}],
    ['a median pruner of folds', { pruner: new MedianPruner({ startupTrials: 2 }) }],
    [
      'successive halving of steps',
      { pruner: new SuccessiveHalvingPruner({ minResource: 1, reductionFactor: 2 }), pruneBy: 'steps' },
    ],
  ];
  for (const [what, settings] of pruned) {
    it(`and ${what} is the same, bit for bit, with 1, 2, 4 or 9 fits at once and over kills`, async () => {
      const { tuner } = tunerOf({ concurrency: 1, ...settings });
      const alone = await tuner.bayesianOptimization(data, { nTrials: 30, sampler: 'tpe' });
      expect(alone.experiments.length).toBe(30);
      if ('pruner' in settings) expect(alone.prunedTrials).toBeGreaterThan(3);
      for (const concurrency of [2, 4, 9]) {
        storage = openMemoryStorage({ clock });
        const { tuner: other } = tunerOf({ concurrency, ...settings });
        const result = await other.bayesianOptimization(data, { nTrials: 30, sampler: 'tpe' });
        expect(withoutTimes(result.experiments)).toEqual(withoutTimes(alone.experiments));
      }
      storage = openMemoryStorage({ clock });
      await killedAfter(3, { concurrency: 4, ...settings }, 30);
      await killedAfter(9, { concurrency: 9, ...settings }, 30);
      const resumed = await tunerOf({ concurrency: 2, ...settings }).tuner.bayesianOptimization(data, {
        nTrials: 30,
        sampler: 'tpe',
      });
      expect(resumed.resumedTrials).toBeGreaterThanOrEqual(12);
      expect(withoutTimes(resumed.experiments)).toEqual(withoutTimes(alone.experiments));
    });
  }

  it.each([1, 3])('shows trial n the trials up to n − %d and the points of those between', async (parallelism) => {
    const { tuner } = tunerOf({ concurrency: 2, parallelism });
    const { experiments } = await tuner.bayesianOptimization(data, { nTrials: 25, sampler: 'tpe' });
    const sampler = new TpeSampler(learnerSpace);
    const trials: ObservedTrial[] = experiments.map((trial) => {
      const { pull, depth, mirrored } = trial.hyperparameters;
      return {
        trialNumber: trial.trialNumber!,
        state: 'complete',
        parameters: { pull: pull as number, depth: depth as number, mirrored: mirrored as boolean },
        loss: trial.meanCvScore!,
      };
    });
    for (const { trialNumber, parameters } of trials) {
      const seen = Math.max(0, trialNumber - parallelism + 1);
      const expected = sampler.suggest({
        trialNumber,
        history: trials.slice(0, seen),
        running: trials.slice(seen, trialNumber).map((trial) => trial.parameters),
        random: trialRandom('lag', trialNumber),
      });
      expect(parameters).toEqual(expected);
    }
    const random = new RandomSampler(learnerSpace);
    const chosen = trials.filter(
      ({ trialNumber, parameters }) =>
        parameters.pull !== random.suggest({ trialNumber, random: trialRandom('lag', trialNumber) }).pull,
    );
    expect(chosen.length).toBe(25 - (10 + parallelism - 1));
  });

  it('depends on the lag', async () => {
    const run = async (parallelism: number) => {
      const { experiments } = await tunerOf({ concurrency: 1, parallelism }).tuner.bayesianOptimization(data, {
        nTrials: 20,
        sampler: 'tpe',
      });
      return experiments.map(({ hyperparameters }) => hyperparameters);
    };
    const [one, four] = [await run(1), await run(4)];
    expect(four.slice(0, 10)).toEqual(one.slice(0, 10));
    expect(four.slice(13)).not.toEqual(one.slice(13));
  });

  it('begins a trial only when all it sees have ended', async () => {
    const { tuner, runner } = tunerOf({ concurrency: 64, parallelism: 3 });
    await tuner.randomSearch(data, { nTrials: 12 });
    expect(runner.peak()).toBe(3 * 3);
  });
});
