import { createDataset, type Dataset, type Tuner, type TuningRequest } from '@mlperf/core';
import { decodeBundle, type RetrainingManagerOptions } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { hooked, modelName, RetrainingWorld, rows, START, settle } from './retraining-world.ts';

type Config = NonNullable<RetrainingManagerOptions['config']>;

describe('how a challenger is trained', () => {
  let world: RetrainingWorld;
  let fits: Dataset[];

  beforeEach(async () => {
    world = await RetrainingWorld.open();
    fits = [];
    await world.serve();
  });

  const watched = () =>
    hooked(world.executor, {
      fit(request, options) {
        fits.push(request.train);
        return world.executor.fit(request, options);
      },
    });

  async function retrain(config: Config, change: Partial<RetrainingManagerOptions> = {}) {
    const manager = await world.manage({ executor: watched(), config, ...change });
    const result = await manager.executeRetraining('manual');
    const [entry] = await world.entries();
    return {
      result,
      evidence: entry!.evidence!,
      version: (await world.storage.models.get(entry!.newVersionId ?? 'none'))!,
    };
  }

  /** A monitor whose alarm says when the change began. */
  const changedAt = async (startedAt: number) => {
    const modelVersionId = await world.champion();
    const standing = {
      degraded: false,
      reason: '',
      modelVersionId: modelVersionId!,
      floor: 0.5,
      changeEstimate: { startedAt },
    };
    return { on: () => () => {}, detectDegradation: () => standing };
  };

  it('stores what was gathered, and where the version comes from', async () => {
    const old = await world.champion();
    const { evidence, version } = await retrain({});
    expect(evidence).toMatchObject({
      gathered: { rows: 400, dataVersion: expect.stringMatching(/^[0-9a-f]{64}$/) },
      window: { window: 'all', rows: 299 },
    });
    expect(version.metadata.lineage).toEqual({
      retrainingId: (await world.entries())[0]!.retrainingId,
      parentVersionId: old,
    });
    // Certainty 0.9, and right on every row: |1 − 0.9|.
    expect(version.trainingMetrics.expectedCalibrationError).toBeCloseTo(0.1, 12);
  });

  describe('the window', () => {
    // Of 400 rows the newest 100 are held out; of the other 300 the last overlaps them.
    it('is the newest rows when it rolls', async () => {
      const { evidence, version } = await retrain({ trainingWindow: 'rolling', rollingRows: 120 });
      expect(evidence.window).toEqual({ window: 'rolling', rows: 120 });
      expect(version.metadata).toMatchObject({ trainingRows: 120, trainedThrough: START - 101_000 });
      expect(fits.map(({ timestamps }) => timestamps[0])).toEqual([START - 221_000]);
    });

    it('is what came since the change, when one is known that leaves enough', async () => {
      const known = await retrain({ trainingWindow: 'since-change' }, { monitor: await changedAt(START - 200_000) });
      expect(known.evidence.window).toEqual({ window: 'since-change', rows: 100, changedAt: START - 200_000 });
      world.clock.advance(1);
      const late = await retrain({ trainingWindow: 'since-change' }, { monitor: await changedAt(START - 140_000) });
      expect(late.evidence.window).toMatchObject({ window: 'all' });
      world.clock.advance(1);
      // A change so late that all its rows are held out for the gate.
      const last = await retrain({ trainingWindow: 'since-change' }, { monitor: await changedAt(START - 50_000) });
      expect(last.evidence.window).toMatchObject({ window: 'all' });
    });

    it('is the one whose models do best on rows they have not seen', async () => {
      // The rule changes after 200 of 400 rows: most of the 299 training rows say the old rule, those since the change the new one.
      world.data = rows(400, 200);
      const { evidence, result } = await retrain(
        { trainingWindow: 'validated', rollingRows: 250, minTrainingRows: 60 },
        { monitor: await changedAt(START - 200_000) },
      );
      expect(evidence.window).toEqual({
        window: 'since-change',
        rows: 100,
        changedAt: START - 200_000,
        // Two folds of 20, two fifths of the rows since the change: with it at row 200 most rows before them are old.
        validationRows: 40,
        candidates: [
          { window: 'all', rows: 299, score: 0 },
          { window: 'rolling', rows: 250, score: 0 },
          { window: 'since-change', rows: 100, score: 1 },
        ],
      });
      expect(result).toMatchObject({ status: 'promoted' });
      // Each candidate before each fold, and the challenger; nothing of the evaluation rows.
      expect(fits).toHaveLength(7);
      for (const { labelEndsAt } of fits) expect(Math.max(...labelEndsAt)).toBeLessThan(START - 100_000);
    });

    it('is not put to the vote of rows of the rule that was left behind', async () => {
      // 60 of the training rows are from after the change: the newest fifth of all would be old by half and more.
      world.data = rows(1_000, 840);
      const { evidence } = await retrain(
        { trainingWindow: 'validated', minTrainingRows: 50 },
        { monitor: await changedAt(START - 160_000) },
      );
      expect(evidence.window).toMatchObject({
        window: 'since-change',
        rows: 60,
        validationRows: 24,
        candidates: [{ score: 0 }, { score: 0 }, { window: 'since-change', score: 1 }],
      });
    });

    it('is all when they do equally well, and no fit is spent without a choice', async () => {
      world.data = rows(400, 400);
      const chosen = await retrain({ trainingWindow: 'validated' });
      expect(chosen.evidence.window).toMatchObject({
        window: 'all',
        candidates: [{ score: 1 }, { window: 'rolling', score: 1 }],
      });
      expect(fits).toHaveLength(5);
      fits.length = 0;
      world.clock.advance(1);
      const only = await retrain({ trainingWindow: 'validated', rollingRows: 1_000 });
      expect(only.evidence.window).toEqual({ window: 'all', rows: 299 });
      expect(fits).toHaveLength(1);
    });

    it('leaves out one with too few rows before a fold, or one that cannot be fitted, and says so', async () => {
      const { MlperfError } = await import('@mlperf/core');
      const executor = hooked(world.executor, {
        fit: (request, options) =>
          request.train.features.rows < 100
            ? Promise.reject(new MlperfError('TRAINING_FAILED', 'too little for this family'))
            : world.executor.fit(request, options),
      });
      const { evidence } = await retrain(
        { trainingWindow: 'validated', rollingRows: 180, minTrainingRows: 60, embargoMs: 30_000 },
        { executor, monitor: await changedAt(START - 200_000) },
      );
      expect(evidence.window).toMatchObject({
        candidates: [
          { window: 'all' },
          { window: 'rolling', score: expect.any(Number) },
          { window: 'since-change', rows: 70, reason: '11 rows before a fold; at least 30 are needed' },
        ],
      });
      world.clock.advance(1);
      const again = await retrain({ trainingWindow: 'validated', rollingRows: 95 }, { executor });
      expect(again.evidence.window).toMatchObject({
        window: 'all',
        candidates: [{ window: 'all' }, { window: 'rolling', reason: 'too little for this family' }],
      });
    });
  });

  describe('tuning', () => {
    it('gets the training rows, the champion’s hyperparameters first, a bound, and earlier studies', async () => {
      const asked: TuningRequest[] = [];
      const tuner: Tuner = {
        async tune(request) {
          asked.push(request);
          world.clock.advance(1_000);
          return {
            hyperparameters: { certainty: 0.7 },
            studyId: `study-${asked.length}`,
            completeTrials: 3,
            score: 0.61,
            evidence: { deflated: 0.4 },
            suggestions: ['search deeper trees'],
          };
        },
      };
      const first = await retrain({ tuningTrials: 3 }, { tuner });
      expect(asked[0]).toMatchObject({
        modelType: 'rule',
        enqueue: [{}, { certainty: 0.9 }],
        warmStartStudies: [],
        maxTrials: 3,
        deadlineMs: 5_000,
      });
      expect(asked[0]!.data.features.rows).toBe(299);
      expect(first.evidence.tuning).toEqual({
        studyId: 'study-1',
        completeTrials: 3,
        score: 0.61,
        evidence: { deflated: 0.4 },
        suggestions: ['search deeper trees'],
      });
      expect(first.version).toMatchObject({
        hyperparameters: { certainty: 0.7 },
        metadata: { lineage: { studyId: 'study-1' } },
      });
      world.clock.advance(1);
      world.data = rows(400, 400);
      const champion = (await world.champion())!;
      await world.serve(true);
      expect(champion).not.toBe(await world.champion());
      await retrain({ tuningDeadlineMs: 1_000 }, { tuner });
      expect(asked[1]).toMatchObject({ warmStartStudies: ['study-1'], deadlineMs: 1_000, maxTrials: 30 });
      expect(asked[1]!.seed).not.toBe(asked[0]!.seed);
    });

    it('is ended with the retraining at the deadline, however deaf the tuner', async () => {
      let signal: AbortSignal | undefined;
      const tuner: Tuner = {
        tune(request) {
          signal = request.signal;
          return new Promise(() => {});
        },
      };
      const manager = await world.manage({ tuner });
      const running = manager.executeRetraining('manual');
      await settle();
      world.clock.advance(10_000);
      expect(await running).toMatchObject({
        status: 'failed',
        entry: {
          failedStage: 'training',
          error: { code: 'DEADLINE_EXCEEDED', message: expect.stringContaining('tuning') },
        },
      });
      expect(signal?.aborted).toBe(true);
    });
  });

  it.each([
    ['trainer', { trainer: { train: async () => undefined } }, /bytes of the model it fitted; got undefined/],
    ['trainer', { trainer: { train: async () => ({ classes: ['a'] }) } }, /got a model of type undefined/],
    ['tuner', { tuner: { tune: async () => undefined } }, /the tuner must return hyperparameters .* got undefined/],
    ['tuner', { tuner: { tune: async () => ({ studyId: 's' }) } }, /got \{"studyId":"s"\}/],
  ])('by no %s that returns nothing of use, and the entry says so', async (_, change, message) => {
    const { result } = await retrain({}, change as never);
    const error = { code: 'TRAINING_FAILED', message: expect.stringMatching(message) };
    expect(result).toMatchObject({ status: 'failed', entry: { failedStage: 'training', error } });
  });

  it('by the trainer of the host, when there is one', async () => {
    const asked: object[] = [];
    const { result } = await retrain(
      {},
      {
        trainer: {
          async train(request, options) {
            asked.push({ ...request, deadlineMs: options.deadlineMs });
            const fitted = await world.executor.fit(request, options);
            return { ...fitted, model: fitted.model! };
          },
        },
      },
    );
    expect(asked).toMatchObject([{ modelType: 'rule', hyperparameters: { certainty: 0.9 }, deadlineMs: 10_000 }]);
    expect(fits).toEqual([]);
    expect(result).toMatchObject({ status: 'promoted' });
  });

  describe('calibration', () => {
    /** As `rows`, but every fifth label is wrong: a certainty of 0.9 promises too much. */
    function noisy(): Dataset {
      const whole = rows(600, 0);
      return createDataset({
        ...whole,
        features: whole.features,
        targets: Array.from(whole.targets, (label, i) => (i % 5 === 0 ? 1 - label : label)),
      });
    }

    it('is fitted on the newest training rows, which the model is not trained on, and goes into the bundle', async () => {
      world.data = noisy();
      const { evidence, version, result } = await retrain({ calibration: 'temperature', calibrationRows: 100 });
      expect(result).toMatchObject({ status: 'promoted' });
      expect(evidence.calibration).toEqual({ method: 'temperature', rows: 100 });
      // 499 training rows; of the 399 before the calibration rows the last overlaps them.
      expect(fits.map(({ features }) => features.rows)).toEqual([398]);
      expect(version.metadata).toMatchObject({ trainingRows: 398, trainedThrough: START - 101_000 });
      const { header } = decodeBundle(await world.registry.loadArtifact(version));
      expect(header.calibration).toMatchObject({ method: 'temperature', classes: ['down', 'up'] });
      // Right four times in five, and saying so: 0.9 would be off by 0.1.
      expect(version.trainingMetrics.accuracy).toBeCloseTo(0.8, 12);
      expect(version.trainingMetrics.expectedCalibrationError).toBeLessThan(0.01);
    });

    it('is left out where a class is missing among its rows, and the evidence says why', async () => {
      const whole = rows(400, 0);
      const data = createDataset({
        ...whole,
        features: whole.features,
        targets: Array.from(whole.targets, (label, i) => (i >= 250 && i < 300 ? 1 : label)),
      });
      world.data = data;
      const { evidence, version } = await retrain({ calibration: 'platt', calibrationRows: 40 });
      expect(evidence.calibration).toMatchObject({
        method: 'platt',
        rows: 40,
        reason: expect.stringContaining('observed'),
      });
      expect(decodeBundle(await world.registry.loadArtifact(version)).header.calibration).toBeUndefined();
    });

    it.each([
      ['rolling', 100, { window: 'rolling', rows: 181 }],
      ['since-change', 100, { window: 'all' }],
      // The newest 139 would win, and leave 58 to train on.
      ['validated', 160, { window: 'rolling', rows: 181 }],
    ] as const)('takes no window that leaves too few rows beside it (%s)', async (trainingWindow, change, window) => {
      world.data = rows(400, change);
      const { result, evidence } = await retrain(
        { trainingWindow, minTrainingRows: 100, calibration: 'temperature', calibrationRows: 80 },
        { monitor: await changedAt(START - 240_000) },
      );
      expect(result).toMatchObject({ status: 'promoted' });
      expect(evidence.window).toMatchObject(window);
    });

    it('takes a window no smaller than what is asked for, when it is the host that says how small', async () => {
      const { evidence } = await retrain({
        trainingWindow: 'rolling',
        rollingRows: 120,
        minTrainingRows: 100,
        calibration: 'temperature',
        calibrationRows: 80,
      });
      expect(evidence.window).toMatchObject({ window: 'all' });
    });

    it('fails the retraining when too few rows are left to train on', async () => {
      const { result } = await retrain({ calibration: 'temperature', calibrationRows: 290 });
      expect(result).toMatchObject({
        status: 'failed',
        entry: {
          failedStage: 'training',
          error: { message: expect.stringContaining('beside 290 for the calibration; got 8') },
        },
      });
      expect(modelName).toBe((await world.entries())[0]!.modelName);
    });
  });
});
