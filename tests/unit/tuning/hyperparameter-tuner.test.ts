import {
  type FitRequest,
  type FitResult,
  InterruptedError,
  ManualClock,
  MlperfError,
  type PerformanceStorage,
  type TrainingExperiment,
  type TrialFence,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  accuracyScoring,
  defineSpace,
  type FitRunner,
  float,
  HyperparameterTuner,
  logLossScoring,
  PurgedWalkForward,
  type ScoringMetric,
  type TunerEvents,
  type TunerOptionsOfFamily,
} from '@mlperf/tuning';
import { beforeEach, describe, expect, it } from 'vitest';
import { type StumpFamily, stumpFamily, type stumpSpace } from './a-family.ts';
import { aSeries } from './a-series.ts';

const data = aSeries(240);
let storage: PerformanceStorage;
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  storage = openMemoryStorage({ clock });
});

function aTuner(
  changes: Partial<TunerOptionsOfFamily<typeof stumpSpace>> = {},
): HyperparameterTuner<typeof stumpSpace> {
  return new HyperparameterTuner({
    family: stumpFamily(),
    splitter: new PurgedWalkForward({ nSplits: 4 }),
    storage,
    seed: 'tuning',
    clock,
    ...changes,
  });
}

/** A runner of `concurrency` fits at once that ends them in another order than it took them. */
function shufflingRunner(family: StumpFamily, concurrency: number) {
  const seen = { running: 0, peak: 0, requests: [] as FitRequest[] };
  const runner: FitRunner = {
    concurrency,
    async fit(request) {
      seen.requests.push(request);
      const turn = seen.requests.length;
      seen.running++;
      seen.peak = Math.max(seen.peak, seen.running);
      for (let i = 0; i < (turn * 7) % 5; i++) await new Promise((resolve) => setImmediate(resolve));
      try {
        return await fitWith(family, request);
      } finally {
        seen.running--;
      }
    },
  };
  return { runner, seen };
}

async function fitWith(family: StumpFamily, request: FitRequest): Promise<FitResult> {
  const context = {
    seed: request.seed,
    signal: new AbortController().signal,
    report: async () => 'continue' as const,
    onProgress: () => undefined,
  };
  const model = await family.fit(request.train, request.hyperparameters, context);
  const rowPredictions = await Promise.all(
    (request.predictRows ?? []).map(({ dataset }) => model.predict(dataset.features)),
  );
  return {
    classes: model.classes,
    predictions: [],
    rowPredictions,
    featureImportance: model.featureImportance!(),
    lookBack: 0,
    trainingTimeSeconds: 0.25,
  };
}

const withoutTimes = (experiments: readonly TrainingExperiment[]) =>
  experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, ...rest }) => rest);

describe('gridSearch', () => {
  it('evaluates every point once and finds the rule that made the data', async () => {
    const tuner = aTuner();
    const result = await tuner.gridSearch(data);
    // 2 columns × 5 thresholds × 2 sides
    expect(result.experiments.length).toBe(2 * 5 * 2);
    expect(new Set(result.experiments.map(({ hyperparameters }) => JSON.stringify(hyperparameters))).size).toBe(20);
    expect(result.best?.params).toEqual({ column: 0, threshold: 0, inverted: false });
    expect(result.best?.score).toBeGreaterThan(0.65);
    expect(tuner.bestParams).toEqual(result.best?.params);
    expect(tuner.bestScore).toBe(result.best?.score);
    expect(tuner.experiments).toEqual(result.experiments);
    expect(result).toMatchObject({ completeTrials: 20, failedTrials: 0, resumedTrials: 0 });
  });

  it('stores the study and each trial as the record says', async () => {
    const { studyId, dataVersion } = await aTuner().gridSearch(data);
    expect(await storage.studies.get(studyId)).toMatchObject({
      studyId,
      modelType: 'stump',
      sampler: 'grid',
      metric: 'accuracy',
      direction: 'maximize',
      seed: 'tuning',
      dataVersion,
      createdAt: 1_000_000,
      settings: { splitter: { name: 'purged-walk-forward', nSplits: 4 } },
    });
    const { items } = await storage.trials.list({ studyId });
    expect(items.length).toBe(20);
    const best = items.find(({ hyperparameters }) => {
      const { column, threshold, inverted } = hyperparameters;
      return column === 0 && threshold === 0 && inverted === false;
    })!;
    const mean = best.cvScores.reduce((sum, score) => sum + score, 0) / 4;
    const variance = best.cvScores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 3;
    expect(best).toMatchObject({ state: 'complete', featureImportance: { signal: 1, noise: 0 }, createdAt: 1_000_000 });
    expect(best.cvScores.length).toBe(4);
    expect(best.meanCvScore).toBeCloseTo(mean, 12);
    expect(best.stdCvScore).toBeCloseTo(Math.sqrt(variance), 12);
    expect(best.testMetrics).toEqual({ cv_accuracy: best.meanCvScore });
  });

  it('refuses an endless grid before anything is written', async () => {
    const tuner = new HyperparameterTuner({
      family: stumpFamily(),
      searchSpace: defineSpace({ threshold: float(-1, 1) }),
      storage,
      seed: 's',
    });
    await expect(tuner.gridSearch(data)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect((await storage.studies.list({})).items).toEqual([]);
    expect((await tuner.gridSearch(data, { resolution: 3 })).experiments.length).toBe(3);
  });
});

describe('randomSearch', () => {
  it('gives the same study, bit for bit, however many folds run at once', async () => {
    const results = [];
    for (const concurrency of [1, 3, 16]) {
      const family = stumpFamily();
      const { runner, seen } = shufflingRunner(family, concurrency);
      storage = openMemoryStorage({ clock });
      const config = { parallelism: 12 };
      const tuner = aTuner({ family, executor: runner, metric: logLossScoring, baseParams: { jitter: 0.4 }, config });
      results.push(await tuner.randomSearch(data, { nTrials: 12 }));
      // A point that comes up again is not evaluated again.
      const points = new Set(results.at(-1)!.experiments.map((trial) => JSON.stringify(trial.hyperparameters)));
      expect(seen.requests.length).toBe(points.size * 4);
      expect(seen.peak).toBe(concurrency);
    }
    const [first, ...others] = results;
    expect(new Set(first!.experiments.map(({ meanCvScore }) => meanCvScore)).size).toBeGreaterThan(4);
    for (const other of others) {
      expect(withoutTimes(other.experiments)).toEqual(withoutTimes(first!.experiments));
      expect(other.best?.params).toEqual(first!.best?.params);
      expect(other.studyId).toBe(first!.studyId);
    }
    const inThread = await aTuner({ metric: logLossScoring, baseParams: { jitter: 0.4 } }).randomSearch(data, {
      nTrials: 12,
      studyId: 'own',
    });
    expect(inThread.experiments.map(({ cvScores }) => cvScores)).toEqual(
      first!.experiments.map(({ cvScores }) => cvScores),
    );
  });

  it('sends only past rows to a fit, and asks for predictions instead of the model', async () => {
    const { runner, seen } = shufflingRunner(stumpFamily(), 2);
    await aTuner({ executor: runner }).randomSearch(data, { nTrials: 1 });
    const folds = new PurgedWalkForward({ nSplits: 4 }).split(data);
    seen.requests.forEach((request, k) => {
      expect(request).toMatchObject({ modelType: 'stump', returnModel: false });
      expect(request.validation).toBeUndefined();
      expect([...request.train.timestamps]).toEqual([...folds[k]!.train].map((row) => data.timestamps[row]));
      expect(request.predictRows?.[0]?.dataset.features.rows).toBe(folds[k]!.test.length);
      expect(request.train.features.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    });
  });

  it('changes with the seed', async () => {
    const one = await aTuner().randomSearch(data, { nTrials: 5 });
    const two = await aTuner({ seed: 'another' }).randomSearch(data, { nTrials: 5 });
    expect(two.studyId).not.toBe(one.studyId);
    expect(two.experiments.map((e) => e.hyperparameters)).not.toEqual(one.experiments.map((e) => e.hyperparameters));
  });

  it('keeps fixed parameters beside the searched ones', async () => {
    const result = await aTuner({ baseParams: { jitter: 0.25 } }).randomSearch(data, { nTrials: 2 });
    expect(result.experiments.every(({ hyperparameters }) => hyperparameters.jitter === 0.25)).toBe(true);
    expect(result.best?.params.jitter).toBe(0.25);
  });

  it('takes the lowest score when the metric is better small', async () => {
    const result = await aTuner({ metric: logLossScoring }).gridSearch(data);
    const scores = result.experiments.map(({ meanCvScore }) => meanCvScore!);
    expect(result.best?.score).toBe(Math.min(...scores));
    expect(result.best?.params).toEqual({ column: 0, threshold: 0, inverted: false });
  });

  it('gives a tie to the lower trial number, in memory and in storage', async () => {
    const constant: ScoringMetric = { name: 'constant', direction: 'maximize', score: () => 1 };
    const { runner } = shufflingRunner(stumpFamily(), 8);
    const tuner = aTuner({ executor: runner, metric: constant });
    const { best, studyId } = await tuner.randomSearch(data, { nTrials: 12 });
    expect(best?.experiment.trialNumber).toBe(0);
    expect((await tuner.getBestExperiment({ studyId }))?.trialNumber).toBe(0);
    // Stored trials list in the order of their numbers, also those of one millisecond.
    const { items } = await storage.trials.list({ studyId });
    expect(items.map(({ trialNumber }) => trialNumber)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it.each([0, 1.5, -1, Number.NaN, 1_000_001])('refuses %d trials', async (nTrials) => {
    await expect(aTuner().randomSearch(data, { nTrials })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  });
});

describe('the id of a study', () => {
  it.each(['', 'x'.repeat(501)])('is refused when no trial could be stored under it', async (studyId) => {
    await expect(aTuner().randomSearch(data, { nTrials: 1, studyId })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect((await storage.studies.list({})).items).toEqual([]);
  });

  it('may be as long as that', async () => {
    expect((await aTuner().randomSearch(data, { nTrials: 1, studyId: 'x'.repeat(500) })).completeTrials).toBe(1);
  });
});

describe('a trial that fails', () => {
  it('is stored with its reason, is never the best, and stops nobody', async () => {
    const family = stumpFamily();
    // Only fold 4 has so many training rows.
    const folds = new PurgedWalkForward({ nSplits: 4 }).split(data);
    const tuner = new HyperparameterTuner({
      family,
      searchSpace: defineSpace({
        failFrom: float(folds[3]!.train.length, 1_000, { step: 1_000 - folds[3]!.train.length }),
      }),
      splitter: new PurgedWalkForward({ nSplits: 4 }),
      storage,
      seed: 's',
      clock,
    });
    const result = await tuner.gridSearch(data);
    expect(result).toMatchObject({ completeTrials: 1, failedTrials: 1 });
    expect(result.experiments[0]).toMatchObject({ state: 'failed', cvScores: [], testMetrics: {} });
    expect(result.experiments[0]!.meanCvScore).toBeUndefined();
    expect(result.experiments[0]!.notes).toBe(`fold 4 of 4: OUT_OF_RANGE: cannot take ${folds[3]!.train.length} rows`);
    expect(result.best?.experiment.trialNumber).toBe(1);
    expect((await storage.trials.list({ studyId: result.studyId, state: 'failed' })).items.length).toBe(1);
  });

  it('reports its first failing fold, whichever failed first', async () => {
    for (const concurrency of [1, 4]) {
      const family = stumpFamily();
      const { runner } = shufflingRunner(family, concurrency);
      const folds = new PurgedWalkForward({ nSplits: 4 }).split(data);
      const tuner = aTuner({ family, executor: runner, baseParams: { failFrom: folds[1]!.train.length } });
      const result = await tuner.randomSearch(data, { nTrials: 3, studyId: `at-${concurrency}` });
      expect(result.best).toBeUndefined();
      expect(tuner.bestParams).toBeUndefined();
      expect(tuner.bestScore).toBeUndefined();
      for (const { notes } of result.experiments) expect(notes).toMatch(/^fold 2 of 4: OUT_OF_RANGE/);
    }
  });

  const answers: readonly (readonly [string, Partial<FitResult>, RegExp])[] = [
    [
      'NaN predictions',
      { rowPredictions: [new Float64Array(96).fill(Number.NaN)] },
      /predictions must be finite; got NaN/,
    ],
    ['too few predictions', { rowPredictions: [new Float64Array(2)] }, /predictions must be 48 × 2 values; got 2/],
    ['no predictions', { rowPredictions: [] }, /predictions must be 48 × 2 values; got none/],
    ['no probabilities', { rowPredictions: [new Float64Array(96).fill(0.9)] }, /must sum to 1; got 1.8 in row 0/],
    ['unknown classes', { classes: ['down', 'sideways'] }, /model classes must be among down, up.* got down, sideways/],
    ['an importance too few', { featureImportance: Float64Array.of(1) }, /featureImportance must be 2 finite numbers/],
  ];
  for (const [what, answer, message] of answers) {
    it(`may be one that answers with ${what}`, async () => {
      const family = stumpFamily();
      const executor: FitRunner = {
        concurrency: 1,
        fit: async (request) => ({ ...(await fitWith(family, request)), ...answer }),
      };
      const { experiments } = await aTuner({ executor }).randomSearch(data, { nTrials: 1 });
      expect(experiments[0]).toMatchObject({ state: 'failed', notes: expect.stringMatching(message) });
      expect(experiments[0]!.notes).toMatch(/^fold 1 of 4: TRAINING_FAILED/);
    });
  }

  it('may be one whose metric has no value', async () => {
    const metric: ScoringMetric = { name: 'none', direction: 'maximize', score: () => undefined };
    const { experiments } = await aTuner({ metric }).randomSearch(data, { nTrials: 1 });
    expect(experiments[0]!.notes).toMatch(/metric 'none' must have a finite value on 48 test rows; got undefined/);
  });

  it('keeps a reason that no store would take as it is', async () => {
    const executor: FitRunner = { concurrency: 1, fit: () => Promise.reject(new Error('bad \u0000 \ud800 bytes')) };
    const { experiments } = await aTuner({ executor }).randomSearch(data, { nTrials: 1 });
    expect(experiments[0]!.notes).toBe('fold 1 of 4: Error: bad \ufffd \ufffd bytes');
  });

  it('ends the study when no other parameters would do better', async () => {
    for (const code of ['UNKNOWN_MODEL_TYPE', 'CLOSED'] as const) {
      const executor: FitRunner = {
        concurrency: 3,
        fit: () => Promise.reject(new MlperfError(code, 'no such worker')),
      };
      await expect(aTuner({ executor }).randomSearch(data, { nTrials: 9, studyId: code })).rejects.toMatchObject({
        code,
      });
      expect((await storage.trials.list({ studyId: code })).items).toEqual([]);
    }
  });
});

describe("a model's classes", () => {
  it('are matched by label, and a class it never saw has probability 0', async () => {
    const family = stumpFamily();
    const swapped: FitRunner = {
      concurrency: 1,
      async fit(request) {
        const result = await fitWith(family, request);
        return {
          ...result,
          classes: ['up', 'down'],
          rowPredictions: result.rowPredictions!.map((p) => p.toReversed()),
        };
      },
    };
    const reversed: FitRunner = {
      concurrency: 1,
      async fit(request) {
        const result = await fitWith(family, request);
        const [p] = result.rowPredictions!;
        const exchanged = Float64Array.from(p!, (_, i) => p![i % 2 === 0 ? i + 1 : i - 1]!);
        return { ...result, classes: ['up', 'down'], rowPredictions: [exchanged] };
      },
    };
    const expected = await aTuner().crossValidate(data, { column: 0 });
    expect((await aTuner({ executor: reversed }).crossValidate(data, { column: 0 })).cvScores).toEqual(
      expected.cvScores,
    );
    // Rows reversed, not columns: another answer.
    expect((await aTuner({ executor: swapped }).crossValidate(data, { column: 0 })).cvScores).not.toEqual(
      expected.cvScores,
    );
    const onlyUp: FitRunner = {
      concurrency: 1,
      async fit(request) {
        const result = await fitWith(family, request);
        return { ...result, classes: ['up'], rowPredictions: [request.predictRows![0]!.dataset.targets.map(() => 1)] };
      },
    };
    const [first] = (await aTuner({ executor: onlyUp }).crossValidate(data, {})).cvScores;
    const tested = new PurgedWalkForward({ nSplits: 4 }).split(data)[0]!.test;
    expect(first).toBe([...tested].filter((row) => data.targets[row] === 1).length / tested.length);
  });
});

describe('a study that is run again', () => {
  it('runs nothing when it has all its trials', async () => {
    const first = await aTuner().randomSearch(data, { nTrials: 6 });
    const family = stumpFamily();
    clock.advance(60_000);
    const again = await aTuner({ family }).randomSearch(data, { nTrials: 6 });
    expect(family.fits).toEqual([]);
    expect(again.experiments).toEqual(first.experiments);
    expect(again.best).toEqual(first.best);
    expect(again.resumedTrials).toBe(6);
  });

  it('runs only the trials it has not, and ends as if never interrupted', async () => {
    const uninterrupted = await aTuner().randomSearch(data, { nTrials: 8 });
    storage = openMemoryStorage({ clock });
    const family = stumpFamily();
    const controller = new AbortController();
    const tuner = aTuner({ family });
    tuner.on('trial-completed', ({ finishedTrials }) => {
      if (finishedTrials === 3) controller.abort();
    });
    await expect(tuner.randomSearch(data, { nTrials: 8, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(tuner.experiments.length).toBe(3);
    const ranBefore = family.fits.length;
    const resumed = await aTuner({ family }).randomSearch(data, { nTrials: 8 });
    expect(resumed.resumedTrials).toBe(3);
    const points = resumed.experiments.map((trial) => JSON.stringify(trial.hyperparameters));
    const known = new Set(points.slice(0, 3));
    expect(family.fits.length - ranBefore).toBe(new Set(points.filter((point) => !known.has(point))).size * 4);
    expect(withoutTimes(resumed.experiments)).toEqual(withoutTimes(uninterrupted.experiments));
    expect(resumed.best?.experiment.trialNumber).toBe(uninterrupted.best?.experiment.trialNumber);
  });

  it('may be given more trials', async () => {
    const few = await aTuner().randomSearch(data, { nTrials: 3 });
    const more = await aTuner().randomSearch(data, { nTrials: 5 });
    expect(more.studyId).toBe(few.studyId);
    expect(more.experiments.slice(0, 3)).toEqual(few.experiments);
    expect(more).toMatchObject({ completeTrials: 5, resumedTrials: 3 });
  });

  it('reads a stored study of more than one page', async () => {
    const space = defineSpace({ threshold: float(-1, 1) });
    const tuner = () =>
      new HyperparameterTuner({
        family: stumpFamily(),
        searchSpace: space,
        splitter: new PurgedWalkForward({ nSplits: 1 }),
        storage,
        seed: 's',
        clock,
      });
    await tuner().randomSearch(aSeries(20), { nTrials: 1_001 });
    const again = await tuner().randomSearch(aSeries(20), { nTrials: 1_001 });
    expect(again.resumedTrials).toBe(1_001);
    expect(again.experiments.map(({ trialNumber }) => trialNumber)).toEqual(Array.from({ length: 1_001 }, (_, n) => n));
  });

  const other: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      'other data',
      () => aTuner().randomSearch(aSeries(240, { seed: 'other' }), { nTrials: 2, studyId: 's1' }),
      /it differs in dataVersion \(stored "[0-9a-f]{64}", now "[0-9a-f]{64}"\)/,
    ],
    [
      'another space',
      () =>
        new HyperparameterTuner({
          family: stumpFamily(),
          searchSpace: defineSpace({ threshold: float(0, 1) }),
          splitter: new PurgedWalkForward({ nSplits: 4 }),
          storage,
          seed: 'tuning',
        }).randomSearch(data, { nTrials: 2, studyId: 's1' }),
      /it differs in searchSpace/,
    ],
    ['another sampler', () => aTuner().gridSearch(data, { studyId: 's1' }), /it differs in sampler .*"random".*"grid"/],
    [
      'another seed and metric',
      () => aTuner({ seed: 'x', metric: logLossScoring }).randomSearch(data, { nTrials: 2, studyId: 's1' }),
      /it differs in metric .*, direction .*, seed /,
    ],
    [
      'other folds',
      () =>
        aTuner({ splitter: new PurgedWalkForward({ nSplits: 3 }) }).randomSearch(data, { nTrials: 2, studyId: 's1' }),
      /it differs in settings/,
    ],
    [
      'other fixed parameters',
      () => aTuner({ baseParams: { jitter: 0.1 } }).randomSearch(data, { nTrials: 2, studyId: 's1' }),
      /it differs in settings .*jitter/,
    ],
  ];
  for (const [what, act, message] of other) {
    it(`is refused with ${what}, and what is stored stays`, async () => {
      const { experiments } = await aTuner().randomSearch(data, { nTrials: 2, studyId: 's1' });
      await expect(act()).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(message) });
      expect((await storage.trials.list({ studyId: 's1' })).items).toEqual(experiments);
    });
  }

  it('is refused when a stored trial is of another point', async () => {
    const { studyId, experiments } = await aTuner().randomSearch(data, { nTrials: 1 });
    const foreign = { ...experiments[0]!, experimentId: 'foreign', trialNumber: 1 };
    await storage.trials.save({ ...foreign, hyperparameters: { column: 9 } });
    await expect(aTuner().randomSearch(data, { nTrials: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(`trial 1 of study '${studyId}' must have hyperparameters`),
    });
  });
});

describe('ending a search early', () => {
  it('refuses a signal that is aborted already, before any fit', async () => {
    const family = stumpFamily();
    const cause = new Error('shutting down');
    await expect(
      aTuner({ family }).randomSearch(data, { nTrials: 2, signal: AbortSignal.abort(cause) }),
    ).rejects.toMatchObject({ code: 'ABORTED', cause });
    expect(family.fits).toEqual([]);
  });

  it('passes the abort on to the fits and does not wait for one that ignores it', async () => {
    const signals: AbortSignal[] = [];
    const controller = new AbortController();
    const hanging: FitRunner = {
      concurrency: 3,
      fit: (_request, options) => {
        signals.push(options!.signal!);
        if (signals.length === 3) controller.abort();
        return new Promise(() => undefined);
      },
    };
    const tuner = aTuner({ executor: hanging });
    await expect(tuner.randomSearch(data, { nTrials: 5, signal: controller.signal })).rejects.toBeInstanceOf(
      InterruptedError,
    );
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    // Nothing is left running: the tuner takes the next search.
    await expect(tuner.randomSearch(data, { nTrials: 1, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('stores no trial that the abort cut short', async () => {
    const controller = new AbortController();
    const executor: FitRunner = {
      concurrency: 1,
      fit: () => {
        controller.abort();
        return Promise.reject(new InterruptedError('ABORTED', 'told to end'));
      },
    };
    const tuner = aTuner({ executor, splitter: new PurgedWalkForward({ nSplits: 1 }) });
    await expect(tuner.randomSearch(data, { nTrials: 2, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect((await storage.trials.list({})).items).toEqual([]);
  });

  it('stores a trial beyond its deadline as failed and goes on', async () => {
    const family = stumpFamily();
    const deadlines: (number | undefined)[] = [];
    let calls = 0;
    const executor: FitRunner = {
      concurrency: 2,
      fit: (request, options) => {
        deadlines.push(options?.deadlineMs);
        calls++;
        if (calls === 1) return fitWith(family, request);
        if (calls > 2) return fitWith(family, request);
        // Hangs; time passes while it does.
        setImmediate(() => clock.advance(5_000));
        return new Promise(() => undefined);
      },
    };
    const { experiments } = await aTuner({ executor }).randomSearch(data, { nTrials: 2, trialDeadlineMs: 5_000 });
    expect(experiments[0]).toMatchObject({
      state: 'failed',
      notes: 'fold 2 of 4: DEADLINE_EXCEEDED: a trial must end within 5000 ms; it was ended',
    });
    expect(experiments[1]!.state).toBe('complete');
    expect(deadlines[0]).toBe(5_000);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('refuses a deadline of %d ms', async (ms) => {
    await expect(aTuner().randomSearch(data, { nTrials: 1, trialDeadlineMs: ms })).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
    });
  });

  it('ends when a trial cannot be stored, and a later call goes on', async () => {
    const failure = new MlperfError('STORAGE_FAILURE', 'disk full');
    let saves = 0;
    const trials = {
      ...storage.trials,
      finish: (experiment: TrainingExperiment, fence: TrialFence) =>
        ++saves === 3 ? Promise.reject(failure) : storage.trials.finish(experiment, fence),
    };
    const tuner = aTuner({ storage: { studies: storage.studies, artifacts: storage.artifacts, trials } });
    await expect(tuner.randomSearch(data, { nTrials: 6 })).rejects.toBe(failure);
    expect(tuner.experiments.length).toBe(2);
    expect(await tuner.randomSearch(data, { nTrials: 6 })).toMatchObject({ completeTrials: 6, resumedTrials: 2 });
  });

  it('runs one search at a time', async () => {
    const tuner = aTuner();
    const first = tuner.randomSearch(data, { nTrials: 2 });
    await expect(tuner.gridSearch(data)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await first).completeTrials).toBe(2);
  });
});

describe('the events', () => {
  it('tell of each trial once it is stored, and of the end', async () => {
    const tuner = aTuner();
    const trials: TunerEvents['trial-completed'][] = [];
    const ends: TunerEvents['study-completed'][] = [];
    const storedAtEvent: Promise<boolean>[] = [];
    tuner.on('trial-completed', (event) => {
      trials.push(event);
      storedAtEvent.push(storage.trials.get(event.experiment.experimentId).then((trial) => trial !== undefined));
    });
    tuner.on('study-completed', (event) => {
      ends.push(event);
    });
    const result = await tuner.randomSearch(data, { nTrials: 4 });
    expect(await Promise.all(storedAtEvent)).toEqual([true, true, true, true]);
    expect(trials.map(({ finishedTrials, plannedTrials }) => [finishedTrials, plannedTrials])).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
    expect(trials.at(-1)?.bestScore).toBe(result.best?.score);
    expect(ends).toEqual([
      {
        studyId: result.studyId,
        at: 1_000_000,
        completeTrials: 4,
        prunedTrials: 0,
        failedTrials: 0,
        resumedTrials: 0,
        best: {
          trialNumber: result.best?.experiment.trialNumber,
          hyperparameters: result.best?.experiment.hyperparameters,
          score: result.best?.score,
        },
      },
    ]);
  });

  it('survive a listener that throws, and tell whom it may concern', async () => {
    const errors: unknown[] = [];
    const tuner = aTuner({ onListenerError: (error) => errors.push(error) });
    const failure = new Error('listener');
    const unsubscribe = tuner.on('trial-completed', () => {
      unsubscribe();
      throw failure;
    });
    expect((await tuner.randomSearch(data, { nTrials: 3 })).completeTrials).toBe(3);
    expect(errors).toEqual([failure]);
  });
});

describe('crossValidate', () => {
  it("gives a trial's very scores for its hyperparameters, and stores nothing", async () => {
    const tuner = aTuner({ metric: logLossScoring, baseParams: { jitter: 0.3 } });
    const { best } = await tuner.randomSearch(data, { nTrials: 4 });
    const before = (await storage.trials.list({})).items;
    const result = await tuner.crossValidate(data, best!.params);
    expect(result.cvScores).toEqual(best!.experiment.cvScores);
    expect(result.featureImportance).toEqual(best!.experiment.featureImportance);
    expect((await storage.trials.list({})).items).toEqual(before);
  });

  it('scores each test row with the model of its own past', async () => {
    const family = stumpFamily();
    const { cvScores } = await aTuner({ family, metric: accuracyScoring }).crossValidate(data, { threshold: 0 });
    const folds = new PurgedWalkForward({ nSplits: 4 }).split(data);
    expect(cvScores).toEqual(
      folds.map(({ test }) => {
        const hits = [...test].filter((row) => data.features.values[row * 2]! > 0 === (data.targets[row] === 1));
        return hits.length / test.length;
      }),
    );
    expect(family.fits.map((train) => train.features.rows)).toEqual(folds.map(({ train }) => train.length));
  });

  it('throws the error of the fold that failed', async () => {
    await expect(aTuner().crossValidate(data, { failFrom: 1 })).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      message: expect.stringMatching(/cannot take \d+ rows/),
    });
  });

  it('honours a signal and a deadline', async () => {
    const hanging: FitRunner = { concurrency: 1, fit: () => new Promise(() => undefined) };
    const tuner = aTuner({ executor: hanging });
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await expect(tuner.crossValidate(data, {}, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    setImmediate(() => clock.advance(100));
    await expect(tuner.crossValidate(data, {}, { deadlineMs: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it('has no deviation for a single fold', async () => {
    const tuner = aTuner({ splitter: new PurgedWalkForward({ nSplits: 1 }) });
    const result = await tuner.crossValidate(data, {});
    expect(result.cvScores.length).toBe(1);
    expect('stdCvScore' in result).toBe(false);
  });

  it('refuses a splitter that leaks, before any fit', async () => {
    const family = stumpFamily();
    const leaking = {
      name: 'leaking',
      settings: {},
      split: () => [{ train: Uint32Array.from({ length: 200 }, (_, i) => i), test: Uint32Array.of(200, 201) }],
    };
    const tuner = aTuner({ family, splitter: leaking });
    await expect(tuner.crossValidate(data, {})).rejects.toThrow(/no training label may be known only while/);
    await expect(tuner.randomSearch(data, { nTrials: 1 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(family.fits).toEqual([]);
    expect((await storage.studies.list({})).items).toEqual([]);
  });
});

describe('saveExperiment and getBestExperiment', () => {
  it('store a single evaluation once and find it among the trials', async () => {
    const tuner = aTuner();
    await tuner.randomSearch(data, { nTrials: 3 });
    const params = { column: 0, threshold: 0, inverted: false };
    const draft = {
      experimentId: 'by-hand',
      hyperparameters: params,
      result: await tuner.crossValidate(data, params),
      testMetrics: { holdout_accuracy: 0.7 },
      notes: 'what we expected',
    };
    const saved = await tuner.saveExperiment(draft);
    clock.advance(1_000);
    expect(await tuner.saveExperiment(draft)).toEqual(saved);
    expect(await storage.trials.get('by-hand')).toEqual(saved);
    expect(saved).toMatchObject({ modelType: 'stump', state: 'complete', createdAt: 1_000_000, notes: draft.notes });
    expect((await tuner.getBestExperiment())?.hyperparameters).toEqual(params);
    await expect(tuner.saveExperiment({ ...draft, notes: 'changed' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await storage.trials.get('by-hand')).toEqual(saved);
  });

  it('never compare scores of two metrics', async () => {
    await aTuner({ metric: logLossScoring }).randomSearch(data, { nTrials: 3 });
    expect(await aTuner().getBestExperiment()).toBeUndefined();
    const { studyId } = await aTuner().randomSearch(data, { nTrials: 3 });
    expect((await aTuner().getBestExperiment())?.studyId).toBe(studyId);
  });

  it('refuse figures that cannot be stored', async () => {
    const result = await aTuner().crossValidate(data, {});
    await expect(
      aTuner().saveExperiment({
        experimentId: 'nan',
        hyperparameters: {},
        result,
        testMetrics: { holdout_accuracy: Number.NaN },
      }),
    ).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    expect(await storage.trials.get('nan')).toBeUndefined();
  });
});

describe('the construction', () => {
  it('refuses a parameter that is both fixed and searched', () => {
    expect(() => aTuner({ baseParams: { column: 1 } })).toThrow(/'column' must be fixed or searched; got it in both/);
  });

  it('refuses a regression without a metric', () => {
    expect(() => aTuner({ family: { ...stumpFamily(), task: 'regression' } })).toThrow(
      /a regression \(stump\) must be given a metric/,
    );
  });

  it('knows the space of its family only', () => {
    const family = stumpFamily();
    const tuner = aTuner({ family });
    expect(tuner.getSearchSpaceConfig('stump')).toEqual(family.searchSpace);
    expect(() => tuner.getSearchSpaceConfig('lstm')).toThrow(expect.objectContaining({ code: 'UNKNOWN_MODEL_TYPE' }));
  });

  it('refuses data of another task', async () => {
    const { classes: _classes, ...values } = data;
    await expect(aTuner().crossValidate(values, {})).rejects.toMatchObject({ code: 'INVALID_TYPE' });
  });

  it('has nothing to tell before a search', () => {
    const tuner = aTuner();
    expect(tuner.experiments).toEqual([]);
    expect(tuner.bestParams).toBeUndefined();
    expect(tuner.bestScore).toBeUndefined();
  });
});
