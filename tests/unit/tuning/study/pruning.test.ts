import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  HyperbandPruner,
  HyperparameterTuner,
  logLossScoring,
  MedianPruner,
  PairedFoldsPruner,
  PatiencePruner,
  type PruneRequest,
  type Pruner,
  PurgedWalkForward,
  SuccessiveHalvingPruner,
  type TunerEvents,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSeries } from '../a-series.ts';
import { type LearnerFamily, learnerFamily } from './a-learner.ts';
import { unsteadyRunner } from './a-runner.ts';

const data = aSeries(120);
let storage: PerformanceStorage;
let clock: ManualClock;
let family: LearnerFamily;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
  family = learnerFamily();
});

function tunerWith(pruner: Pruner, pruneBy: 'folds' | 'steps' = 'folds', { nSplits = 5, parallelism = 3 } = {}) {
  return new HyperparameterTuner({
    family,
    splitter: new PurgedWalkForward({ nSplits }),
    metric: logLossScoring,
    storage,
    seed: 'pruning',
    clock,
    executor: unsteadyRunner(family, 4),
    config: { parallelism },
    pruner,
    pruneBy,
  });
}

/** Notes what it is asked, and prunes as told. */
function askedPruner(prunes: (request: PruneRequest) => boolean, judges?: 'each-fold') {
  const asked: PruneRequest[] = [];
  const pruner: Pruner = {
    name: 'asked',
    settings: {},
    ...(judges === undefined ? {} : { judges }),
    shouldPrune(request) {
      const { reports } = request;
      asked.push({ ...request, reports: { steps: Array.from(reports.steps), losses: Array.from(reports.losses) } });
      return prunes(request);
    },
  };
  return { pruner, asked };
}

describe('pruning by folds', () => {
  it('ends a trial after the fold that decided, and stores it as pruned with what it reported', async () => {
    const { pruner } = askedPruner(({ trialNumber, reports }) => trialNumber % 2 === 1 && reports.steps.length === 2);
    const tuner = tunerWith(pruner);
    const pruned: TunerEvents['trial-pruned'][] = [];
    let completed = 0;
    tuner.on('trial-pruned', (event) => pruned.push(event));
    tuner.on('trial-completed', () => completed++);
    const result = await tuner.randomSearch(data, { nTrials: 6 });
    expect(result).toMatchObject({ completeTrials: 3, prunedTrials: 3, failedTrials: 0 });
    expect(family.steps.length).toBe(3 * 5 + 3 * 2);
    const full = await tunerWith(pruner).crossValidate(data, result.experiments[1]!.hyperparameters);
    const [first, second] = full.cvScores;
    expect(result.experiments[1]).toMatchObject({
      state: 'pruned',
      cvScores: [first, second],
      intermediateValues: { 0: first, 1: (first! + second!) / 2 },
      testMetrics: {},
    });
    expect(result.experiments[1]!.meanCvScore).toBeUndefined();
    expect(Object.keys(result.experiments[0]!.intermediateValues!)).toEqual(['0', '1', '2', '3', '4']);
    expect(completed).toBe(6);
    const told = pruned.toSorted((a, b) => a.trialNumber - b.trialNumber);
    expect(told.map(({ trialNumber, step, value }) => [trialNumber, step, value])).toEqual(
      [1, 3, 5].map((n) => [n, 1, result.experiments[n]!.intermediateValues!['1']]),
    );
    expect((await storage.trials.list({ studyId: result.studyId, state: 'pruned' })).items.length).toBe(3);
  });

  it('asks with the mean of the folds so far, and with the trials that the lag allows', async () => {
    const { pruner, asked } = askedPruner(() => false);
    const { experiments, studyId } = await tunerWith(pruner).randomSearch(data, { nTrials: 7 });
    expect(asked.length).toBe(7 * 5);
    for (const { trialNumber, reports, history, studyId: of } of asked) {
      const scores = experiments[trialNumber]!.cvScores.slice(0, reports.steps.length);
      expect(of).toBe(studyId);
      expect(reports.steps).toEqual(scores.map((_, fold) => fold));
      expect(reports.losses[scores.length - 1]).toBeCloseTo(scores.reduce((a, b) => a + b, 0) / scores.length, 12);
      expect(history.map((trial) => trial.trialNumber)).toEqual(
        Array.from({ length: Math.max(0, trialNumber - 2) }, (_, n) => n),
      );
    }
  });

  it('lets a pruner that compares folds see each of them by itself', async () => {
    const { pruner, asked } = askedPruner(() => false, 'each-fold');
    const { experiments } = await tunerWith(new PatiencePruner({ patience: 0, pruner })).randomSearch(data, {
      nTrials: 5,
    });
    expect(asked.length).toBeGreaterThan(0);
    for (const { trialNumber, reports, history } of asked) {
      expect(reports.losses).toEqual(experiments[trialNumber]!.cvScores.slice(0, reports.steps.length));
      for (const trial of history) expect(trial.losses).toEqual(experiments[trial.trialNumber]!.cvScores);
    }
  });

  it('prunes by paired folds what is worse than the best on the same folds, and never the best', async () => {
    const tuner = tunerWith(new PairedFoldsPruner({ level: 0.1 }), 'folds', { nSplits: 8 });
    const good = { pull: 0.7, depth: 4, mirrored: false };
    const result = await tuner.randomSearch(data, { nTrials: 20, enqueue: [good] });
    expect(result.prunedTrials).toBeGreaterThan(5);
    const whole = await tunerWith(new MedianPruner({ startupTrials: 1_000 }), 'folds', { nSplits: 8 }).randomSearch(
      data,
      {
        nTrials: 20,
        enqueue: [good],
      },
    );
    expect(result.best?.params).toEqual(whole.best?.params);
    for (const trial of result.experiments) {
      // At least four folds are needed to bet on.
      if (trial.state === 'pruned') expect(trial.cvScores.length).toBeGreaterThanOrEqual(4);
    }
  });

  it('keeps a trial that would be pruned at its last fold: there is nothing left to save', async () => {
    const { pruner } = askedPruner(({ reports }) => reports.steps.length === 5);
    expect(await tunerWith(pruner).randomSearch(data, { nTrials: 2 })).toMatchObject({
      completeTrials: 2,
      prunedTrials: 0,
    });
  });

  it('fails a trial whose pruner throws, and goes on', async () => {
    const { pruner } = askedPruner(({ trialNumber }) => {
      if (trialNumber === 0) throw new Error('no opinion');
      return false;
    });
    const result = await tunerWith(pruner).randomSearch(data, { nTrials: 3 });
    expect(result).toMatchObject({ completeTrials: 2, failedTrials: 1 });
    expect(result.experiments[0]!.notes).toBe('fold 1 of 5: Error: no opinion');
  });
});

describe('pruning by steps', () => {
  it('ends the first fit at the step that decided, on the test rows of that fold, and saves the other folds', async () => {
    const { pruner, asked } = askedPruner(
      ({ trialNumber, reports }) => trialNumber === 1 && Array.from(reports.steps).at(-1) === 3,
    );
    const result = await tunerWith(pruner, 'steps').randomSearch(data, { nTrials: 3 });
    expect(family.steps.toSorted((a, b) => a - b)).toEqual([3, ...Array.from({ length: 10 }, () => 8)]);
    const { experiments } = result;
    expect(experiments[1]).toMatchObject({ state: 'pruned', cvScores: [] });
    expect(Object.keys(experiments[1]!.intermediateValues!)).toEqual(['1', '2', '3']);
    expect(Object.keys(experiments[0]!.intermediateValues!).length).toBe(8);
    // Families report what is better large: a loss has the other sign.
    for (const { trialNumber, reports } of asked) {
      const step = Array.from(reports.steps).at(-1)!;
      expect(Array.from(reports.losses).at(-1)).toBe(-experiments[trialNumber]!.intermediateValues![step]!);
    }
    const judged = family.validations.filter((rows) => rows !== undefined);
    expect(judged.length).toBe(3);
    const [firstFold] = new PurgedWalkForward({ nSplits: 5 }).split(data);
    expect([...judged[0]!.timestamps]).toEqual([...firstFold!.test].map((row) => data.timestamps[row]));
  });

  it('does not change the scores of the trials it keeps', async () => {
    const pruned = await tunerWith(
      new SuccessiveHalvingPruner({ minResource: 1, reductionFactor: 2 }),
      'steps',
    ).randomSearch(data, {
      nTrials: 24,
    });
    expect(pruned.prunedTrials).toBeGreaterThan(4);
    expect(pruned.completeTrials).toBeGreaterThan(2);
    const { pruner } = askedPruner(() => false);
    const whole = await tunerWith(pruner).randomSearch(data, { nTrials: 24 });
    for (const trial of pruned.experiments) {
      if (trial.state === 'complete') expect(trial.cvScores).toEqual(whole.experiments[trial.trialNumber!]!.cvScores);
    }
  });

  it('has Hyperband decide within brackets that the study id fixes', async () => {
    const run = async (studyId: string) => {
      const pruner = new HyperbandPruner({ minResource: 1, maxResource: 8, reductionFactor: 2 });
      const { experiments } = await tunerWith(pruner, 'steps').randomSearch(data, { nTrials: 40, studyId });
      return experiments.map((trial) =>
        trial.state === 'pruned' ? Object.keys(trial.intermediateValues!).length : 'all',
      );
    };
    const first = await run('bracket-1');
    // A later bracket spares trials for longer; at the last step, the other folds are saved.
    expect(new Set(first)).toEqual(new Set([1, 2, 4, 8, 'all']));
    storage = openMemoryStorage({ clock });
    expect(await run('bracket-1')).toEqual(first);
    expect(await run('bracket-2')).not.toEqual(first);
  });

  it('fails a trial whose family reports steps that are none', async () => {
    family.fit = async (train, params, context) => {
      await context.report(2.5, 1);
      return learnerFamily().fit(train, params, context);
    };
    const result = await tunerWith(new MedianPruner(), 'steps').randomSearch(data, { nTrials: 1 });
    expect(result.experiments[0]!.notes).toMatch(/^fold 1 of 5: OUT_OF_RANGE: steps\[0\] must be a whole number/);
  });

  it('ends the search when the family reports nothing: no trial could ever be pruned', async () => {
    family.fit = async (train, params, context) =>
      learnerFamily().fit(train, params, { ...context, report: async () => 'continue' });
    const { pruner } = askedPruner(() => false);
    await expect(tunerWith(pruner, 'steps').randomSearch(data, { nTrials: 4 })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining("'learner' reported none"),
    });
  });

  it('takes a report that is not finite for none', async () => {
    const inner = learnerFamily();
    family.fit = async (train, params, context) =>
      inner.fit(train, params, {
        ...context,
        report: (step, value) => context.report(step, step === 2 ? Number.NaN : value),
      });
    const { experiments } = await tunerWith(new MedianPruner({ startupTrials: 1 }), 'steps').randomSearch(data, {
      nTrials: 8,
    });
    const steps = Object.keys(experiments[0]!.intermediateValues!);
    expect(steps).toEqual(['1', '3', '4', '5', '6', '7', '8']);
  });
});

describe('a study with a pruner', () => {
  it('is another study than one without, or with another', async () => {
    const pruner = new MedianPruner({ startupTrials: 1 });
    const ids = new Set<string>();
    for (const tuner of [
      tunerWith(pruner),
      tunerWith(pruner, 'steps'),
      tunerWith(new MedianPruner({ startupTrials: 2 })),
    ]) {
      ids.add((await tuner.randomSearch(data, { nTrials: 1 })).studyId);
    }
    expect(ids.size).toBe(3);
    const [id] = [...ids];
    expect((await storage.studies.get(id!))?.settings?.pruner).toMatchObject({
      name: 'median',
      by: 'folds',
      startupTrials: 1,
    });
    await expect(tunerWith(pruner, 'steps').randomSearch(data, { nTrials: 1, studyId: id! })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('refuses a resource that is none', () => {
    expect(() => tunerWith(new MedianPruner(), 'rows' as 'folds')).toThrow(
      /pruneBy must be 'folds', 'steps' or 'window'; got rows/,
    );
  });
});
