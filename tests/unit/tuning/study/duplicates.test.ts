import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  boolean,
  type DuplicatePolicy,
  defineSpace,
  HyperparameterTuner,
  int,
  logLossScoring,
  PurgedWalkForward,
  type StudyResult,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';
import { unsteadyRunner } from './a-runner.ts';

const data = aSeries(90);
/** Four points. */
const space = defineSpace({ column: int(0, 1), inverted: boolean() });
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
});

function tunerOf(concurrency = 3) {
  const family = stumpFamily();
  const tuner = new HyperparameterTuner({
    family,
    searchSpace: space,
    baseParams: { jitter: 0.3 },
    splitter: new PurgedWalkForward({ nSplits: 2 }),
    metric: logLossScoring,
    storage,
    seed: 'again',
    clock,
    executor: unsteadyRunner(family, concurrency),
  });
  return { tuner, family };
}

const keys = ({ experiments }: Pick<StudyResult<typeof space>, 'experiments'>) =>
  experiments.map((trial) => JSON.stringify(trial.hyperparameters));

/** For each trial, the first with its point. */
const firsts = (of: readonly string[]) => of.map((key) => of.indexOf(key));

describe('a point that an earlier trial has', () => {
  it('is not evaluated again by default: its result counts once more', async () => {
    const { tuner, family } = tunerOf();
    const result = await tuner.randomSearch(data, { nTrials: 12 });
    const points = keys(result);
    expect(family.fits.length).toBe(new Set(points).size * 2);
    firsts(points).forEach((first, n) => {
      expect(result.experiments[n]!.cvScores).toEqual(result.experiments[first]!.cvScores);
      if (first === n) return;
      expect(result.experiments[n]).toMatchObject({
        trainingTimeSeconds: 0,
        notes: expect.stringMatching(/^the point of trial \d+, which was not evaluated again$/),
      });
    });
    expect(result.best?.experiment.trialNumber).toBe(
      points.indexOf(JSON.stringify(result.best!.experiment.hyperparameters)),
    );
  });

  it('is evaluated again with fits of other seeds when it is replicated', async () => {
    const { tuner, family } = tunerOf();
    const result = await tuner.randomSearch(data, { nTrials: 12, duplicates: 'replicate' });
    expect(family.fits.length).toBe(12 * 2);
    const points = keys(result);
    const scores = result.experiments.map(({ cvScores }) => JSON.stringify(cvScores));
    // Jitter is seeded: no two repetitions agree, and the first is the trial of the other policies.
    expect(new Set(scores).size).toBe(12);
    storage = openMemoryStorage({ clock });
    const reused = await tunerOf(1).tuner.randomSearch(data, { nTrials: 12 });
    expect(keys(reused)).toEqual(points);
    firsts(points).forEach((first, n) => {
      expect(scores[n] === JSON.stringify(reused.experiments[n]!.cvScores)).toBe(first === n);
    });
  });

  it('gives way to a new one when it is skipped, until the space has none left', async () => {
    for (const sampler of ['random', 'tpe'] as const) {
      storage = openMemoryStorage({ clock });
      const { tuner, family } = tunerOf();
      const options = { nTrials: 12, duplicates: 'skip' as const };
      const result =
        sampler === 'random'
          ? await tuner.randomSearch(data, options)
          : await tuner.bayesianOptimization(data, { ...options, sampler });
      expect(new Set(keys(result)).size).toBe(4);
      expect(result).toMatchObject({ completeTrials: 4, stoppedBy: 'space-exhausted' });
      expect(family.fits.length).toBe(4 * 2);
    }
  });

  it.each(['reuse', 'replicate', 'skip'] as const)(
    'is treated alike (%s) however many fits run at once, and over an interruption',
    async (duplicates: DuplicatePolicy) => {
      const run = (concurrency: number, signal?: AbortSignal, onTrial?: () => void) => {
        const { tuner } = tunerOf(concurrency);
        if (onTrial !== undefined) tuner.on('trial-completed', onTrial);
        return tuner.randomSearch(data, { nTrials: 12, duplicates, ...(signal === undefined ? {} : { signal }) });
      };
      const shown = (result: StudyResult<typeof space>) =>
        result.experiments.map(({ hyperparameters, cvScores, notes }) => ({ hyperparameters, cvScores, notes }));
      const alone = shown(await run(1));
      storage = openMemoryStorage({ clock });
      expect(shown(await run(7))).toEqual(alone);
      storage = openMemoryStorage({ clock });
      const controller = new AbortController();
      let ended = 0;
      await expect(
        run(4, controller.signal, () => {
          if (++ended === 2) controller.abort();
        }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
      expect(shown(await run(2))).toEqual(alone);
    },
  );

  it('is evaluated anew where the earlier trial failed', async () => {
    const { tuner, family } = tunerOf(1);
    const { fit } = family;
    let fails = true;
    family.fit = async (...args) => {
      if (!fails) return fit.apply(family, args);
      fails = false;
      throw new Error('memory');
    };
    const point = { column: 0, inverted: false };
    const result = await tuner.gridSearch(data, { enqueue: [point] });
    // The enqueued point fails; the grid has it too, and there it is evaluated.
    expect(result.experiments.length).toBe(1 + 4);
    expect(result.failedTrials).toBe(1);
    expect(result.experiments[0]).toMatchObject({ state: 'failed', hyperparameters: point });
    expect(keys({ experiments: result.experiments.slice(1) }).length).toBe(
      new Set(keys({ experiments: result.experiments.slice(1) })).size,
    );
    expect(result.experiments.slice(1).every(({ state }) => state === 'complete')).toBe(true);
  });
});

describe('a grid', () => {
  it('has each of its points once beside those that were asked for, across interruptions', async () => {
    const whole = await tunerOf().tuner.gridSearch(data, { studyId: 'whole' });
    const enqueue = [{ column: 1, inverted: true }];
    const controller = new AbortController();
    const { tuner, family } = tunerOf(1);
    tuner.on('trial-completed', ({ finishedTrials }) => {
      if (finishedTrials === 2) controller.abort();
    });
    await expect(tuner.gridSearch(data, { enqueue, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const resumed = await tunerOf().tuner.gridSearch(data, { enqueue });
    expect(keys(resumed).slice(1)).toEqual(keys(whole));
    expect(resumed.experiments[0]!.hyperparameters).toMatchObject(enqueue[0]!);
    expect(resumed.experiments[4]!.notes).toBe('the point of trial 0, which was not evaluated again');
    expect(family.fits.length).toBeGreaterThan(0);
  });
});
