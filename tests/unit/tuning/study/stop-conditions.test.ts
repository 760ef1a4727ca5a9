import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  type FitRunner,
  HyperparameterTuner,
  logLossScoring,
  PurgedWalkForward,
  type SearchOptions,
  type TunerEvents,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { learnerFamily } from './a-learner.ts';
import { unsteadyRunner } from './a-runner.ts';

const data = aSeries(90);
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
});

function tunerOf({
  concurrency = 2,
  parallelism = 3,
  executor,
}: {
  concurrency?: number;
  parallelism?: number;
  executor?: FitRunner;
} = {}) {
  const family = learnerFamily();
  return new HyperparameterTuner({
    family,
    splitter: new PurgedWalkForward({ nSplits: 2 }),
    metric: logLossScoring,
    storage,
    seed: 'stop',
    clock,
    executor: executor ?? unsteadyRunner(family, concurrency),
    config: { parallelism },
  });
}

const search = (options: SearchOptions, setting = {}) =>
  tunerOf(setting).randomSearch(data, { nTrials: 60, ...options });

describe('a search', () => {
  it('ends once trials in a row, as far as the next one may see, have not improved', async () => {
    const whole = await search({});
    expect('stoppedBy' in whole).toBe(false);
    const scores = whole.experiments.map(({ meanCvScore }) => meanCvScore!);
    let best = 0;
    let stopsAt = 0;
    for (let n = 0; ; n++) {
      if (scores[n]! < scores[best]!) best = n;
      if (n - best < 8) continue;
      // The first trial that sees this one is the first that does not begin.
      stopsAt = n + 3;
      break;
    }
    for (const concurrency of [1, 2, 9]) {
      storage = openMemoryStorage({ clock });
      const result = await search({ patience: 8 }, { concurrency });
      expect(result.stoppedBy).toBe('patience');
      expect(result.experiments.length).toBe(stopsAt);
      expect(result.best?.experiment.trialNumber).toBe(
        whole.best!.experiment.trialNumber! < stopsAt ? whole.best!.experiment.trialNumber : best,
      );
    }
  });

  it('ends at the first trial that sees the target reached, and again when it is repeated', async () => {
    const whole = await search({});
    const scores = whole.experiments.map(({ meanCvScore }) => meanCvScore!);
    const target = scores.toSorted((a, b) => a - b)[5]!;
    const reached = scores.findIndex((score) => score <= target);
    storage = openMemoryStorage({ clock });
    const result = await search({ target });
    expect(result).toMatchObject({ stoppedBy: 'target', resumedTrials: 0 });
    expect(result.experiments.length).toBe(reached + 3);
    const again = await search({ target });
    expect(again).toMatchObject({ stoppedBy: 'target', resumedTrials: reached + 3 });
    expect(again.experiments.length).toBe(reached + 3);
    // Without the target, the study goes on.
    expect((await search({})).experiments.length).toBe(60);
  });

  it('begins no trial after its time, and finishes those under way', async () => {
    const tuner = tunerOf();
    const ends: TunerEvents['study-completed'][] = [];
    tuner.on('study-completed', (event) => ends.push(event));
    tuner.on('trial-completed', () => {
      clock.advance(1_000);
    });
    const result = await tuner.randomSearch(data, { nTrials: 60, timeoutMs: 5_000 });
    expect(result.stoppedBy).toBe('timeout');
    expect(result.experiments.length).toBeGreaterThanOrEqual(5);
    expect(result.experiments.length).toBeLessThanOrEqual(5 + 3);
    expect(result.experiments.every(({ state }) => state === 'complete')).toBe(true);
    expect(ends).toMatchObject([{ stoppedBy: 'timeout', completeTrials: result.completeTrials }]);
  });

  it('ends when a callback says stop, each trial told once, after it is stored', async () => {
    const told: number[] = [];
    const result = await search({
      callbacks: [
        async ({ experiment, trialNumber, finishedTrials, plannedTrials, bestScore, studyId }) => {
          expect(await storage.trials.get(experiment.experimentId)).toEqual(experiment);
          expect(plannedTrials).toBe(60);
          expect(bestScore).toBeLessThanOrEqual(experiment.meanCvScore!);
          expect(studyId).toBe(experiment.studyId);
          told.push(trialNumber);
          return finishedTrials >= 6 ? 'stop' : undefined;
        },
      ],
    });
    expect(result.stoppedBy).toBe('callback');
    expect(told.toSorted((a, b) => a - b)).toEqual(result.experiments.map(({ trialNumber }) => trialNumber));
    expect(told.length).toBeGreaterThanOrEqual(6);
    expect(told.length).toBeLessThan(6 + 3);
  });

  it('at a lag of one, a callback that says stop has the last word', async () => {
    const result = await search(
      { callbacks: [({ trialNumber }) => (trialNumber === 4 ? 'stop' : undefined)] },
      { parallelism: 1 },
    );
    expect(result.experiments.length).toBe(5);
  });

  it('passes on what a callback throws; the trials are stored, and a later call goes on', async () => {
    const failure = new Error('pager down');
    await expect(
      search({
        callbacks: [
          ({ trialNumber }) => {
            if (trialNumber === 3) throw failure;
          },
        ],
      }),
    ).rejects.toBe(failure);
    const { items } = await storage.trials.list({});
    expect(items.some(({ trialNumber }) => trialNumber === 3)).toBe(true);
    const resumed = await search({});
    expect(resumed).toMatchObject({ completeTrials: 60, resumedTrials: items.length });
  });

  it('marks a trial that hangs as failed at its deadline and goes on without it', async () => {
    const family = learnerFamily();
    const inner = unsteadyRunner(family, 2);
    let hung = 0;
    const executor: FitRunner = {
      concurrency: 2,
      fit: (request, options) => {
        if (request.hyperparameters.pull !== 0.125) return inner.fit(request, options);
        if (++hung === 1) setImmediate(() => clock.advance(700));
        return new Promise(() => undefined);
      },
    };
    const tuner = tunerOf({ executor, parallelism: 1 });
    const result = await tuner.randomSearch(data, {
      nTrials: 8,
      trialDeadlineMs: 700,
      enqueue: [{ pull: 0.125, depth: 2, mirrored: false }],
    });
    expect(result).toMatchObject({ completeTrials: 7, failedTrials: 1 });
    expect(result.experiments[0]!.notes).toMatch(/^fold \d of 2: DEADLINE_EXCEEDED: a trial must end within 700 ms/);
    expect(hung).toBeGreaterThan(0);
  });

  it.each([
    { patience: 0 },
    { patience: 1.5 },
    { target: Number.POSITIVE_INFINITY },
    { timeoutMs: 0 },
    { duplicates: 'drop' as 'skip' },
  ])('refuses %o before anything is written', async (options) => {
    await expect(search(options)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect((await storage.studies.list({})).items).toEqual([]);
  });
});
