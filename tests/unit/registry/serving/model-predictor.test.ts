import {
  ClassCalibrator,
  InvalidInputError,
  ManualClock,
  type ModelFamily,
  PerformanceMonitor,
  type PerformanceStorage,
  type Prediction,
  StorageError,
  TemperatureCalibrator,
  type TrainedModel,
} from '@mlperf/core';
import {
  defaultPredictionId,
  ModelPredictor,
  type ModelPredictorOptions,
  ModelRegistry,
  type PredictionResult,
  type RegisterModelRequest,
} from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { disposals, type Rule, ruleFamily, ruleModel, serialized } from '../rule-family.ts';

const modelName = 'BTC-USD/1h/direction';
const featureNames = ['momentum', 'volume'];

describe('the model predictor', () => {
  let clock: ManualClock;
  let storage: PerformanceStorage;
  let registry: ModelRegistry;
  let recorded: Prediction[];
  let champion: string | undefined;

  beforeEach(async () => {
    clock = new ManualClock(1_000);
    storage = openMemoryStorage({ clock });
    registry = await ModelRegistry.open({ storage });
    recorded = [];
    champion = undefined;
    disposals.length = 0;
  });

  const recorder = {
    async recordPrediction(prediction: Prediction) {
      recorded.push(prediction);
    },
  };

  function open(change: Partial<ModelPredictorOptions> = {}): Promise<ModelPredictor> {
    return ModelPredictor.open({ source: registry, modelName, families: [ruleFamily], recorder, clock, ...change });
  }

  /** Registers a version, by default of the two features, and makes it the champion. */
  async function promote(
    certainty: number,
    rule: Partial<Rule> = {},
    change: Partial<RegisterModelRequest> = {},
  ): Promise<string> {
    const { versionId } = await registry.registerModel({
      modelName,
      model: serialized({ follow: true, certainty, featureNames, ...rule }),
      flatBand: 0,
      hyperparameters: {},
      trainingMetrics: {},
      dataVersion: 'd',
      ...change,
    });
    await registry.promoteToProduction(versionId, { expectedActive: champion });
    champion = versionId;
    return versionId;
  }

  const rising = { symbol: 'BTC-USD', features: { momentum: 1, volume: 5 } };

  it('predicts with the champion, records the prediction and stamps it with its version', async () => {
    const versionId = await promote(0.7);
    const predictor = await open();
    const result = await predictor.predictNext({ ...rising, referencePrice: 100, dueAt: 2_000 });
    const prediction = {
      id: 'BTC-USD/1h/direction|BTC-USD|1000',
      decisionId: 'BTC-USD/1h/direction|BTC-USD|1000',
      role: 'live',
      modelName,
      modelVersionId: versionId,
      symbol: 'BTC-USD',
      predictedAt: 1_000,
      dueAt: 2_000,
      direction: 'up',
      confidence: 0.7,
      probabilities: { up: 0.7, down: 1 - 0.7 },
      referencePrice: 100,
      features: { momentum: 1, volume: 5 },
    };
    expect(result).toEqual({ status: 'predicted', prediction });
    expect(recorded).toEqual([prediction]);
  });

  it('reads named features in any order', async () => {
    await promote(0.7);
    const predictor = await open();
    const result = await predictor.predictNext({ symbol: 's', features: { volume: 5, momentum: -1 } });
    expect(result).toMatchObject({ prediction: { direction: 'down', features: { momentum: -1, volume: 5 } } });
  });

  it('reads rows in order only when the host has said which order', async () => {
    await promote(0.7);
    const blind = await open();
    await expect(blind.predictNext({ symbol: 's', features: [1, 5] })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    const seeing = await open({ featureNames });
    const result = await seeing.predictNext({ symbol: 's', features: new Float64Array([-1, 5]) });
    expect(result).toMatchObject({ prediction: { direction: 'down', features: { momentum: -1, volume: 5 } } });
  });

  it.each([
    ['a missing feature', { momentum: 1 }, 'INVALID_RECORD', 'missing volume'],
    ['one too many', { momentum: 1, volume: 1, rsi: 1 }, 'INVALID_RECORD', 'unexpected rsi'],
    ['another name', { momentum: 1, volumes: 1 }, 'INVALID_RECORD', 'missing volume; unexpected volumes'],
    ['an inherited name', { momentum: 1, toString: 1 }, 'INVALID_RECORD', 'missing volume; unexpected toString'],
    ['NaN', { momentum: Number.NaN, volume: 1 }, 'NOT_FINITE', "'momentum'"],
    ['a text', { momentum: '1' as never, volume: 1 }, 'NOT_FINITE', "'momentum'"],
    ['too short a row', [1], 'LENGTH_MISMATCH', 'must have 2 values'],
  ])('refuses %s, saying so, and records nothing', async (_what, features, code, words) => {
    await promote(0.7);
    const predictor = await open({ featureNames });
    await expect(predictor.predictNext({ symbol: 's', features })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(recorded).toEqual([]);
  });

  it('gives a model that looks back the rows it asks for', async () => {
    await promote(0.7, { lookBack: 2 });
    const predictor = await open();
    const features = { momentum: 1, volume: 1 };
    const falling = { momentum: -1, volume: 1 };
    const precedingRows = [features, falling, falling];
    const result = await predictor.predictNext({ symbol: 's', features, precedingRows });
    expect(result).toMatchObject({ status: 'predicted', prediction: { direction: 'up' } });
  });

  it('goes on without an answer when a promotion needs more rows than come, and says how many it needs', async () => {
    await promote(0.7, { lookBack: 1 });
    const predictor = await open();
    expect(predictor.lookBack).toBe(1);
    const swapped = new Promise((resolve) => predictor.on('model-swapped', resolve));
    const features = { momentum: 1, volume: 1 };
    const short = { symbol: 's', features, precedingRows: [features] };
    expect((await predictor.predictNext(short)).status).toBe('predicted');
    const versionId = await promote(0.8, { lookBack: 2 });
    expect(await swapped).toMatchObject({ versionId, lookBack: 2 });
    expect(predictor.lookBack).toBe(2);
    const before = recorded.length;
    const results = await predictor.predictBatch([
      short,
      { ...short, precedingRows: [features, features], id: 'enough' },
      { symbol: 's', features },
    ]);
    const tooFew = (count: number) => ({
      status: 'unavailable',
      reason: 'too-few-preceding-rows',
      modelVersionId: versionId,
      message: `version '${versionId}' looks back on 2 rows; got ${count} in precedingRows`,
    });
    expect(results).toEqual([
      tooFew(1),
      { status: 'predicted', prediction: expect.objectContaining({ id: 'enough' }) },
      tooFew(0),
    ]);
    expect(recorded.slice(before).map(({ id }) => id)).toEqual(['enough']);
  });

  it('knows no look-back while nothing is served', async () => {
    const predictor = await open();
    expect(predictor.lookBack).toBeUndefined();
  });

  it.each([
    ['no features', { features: null }, 'features must be a row of features; got null'],
    ['features undefined', { features: undefined }, 'features must be a row of features; got undefined'],
    ['features that are a number', { features: 1 }, 'features must be a row of features; got number'],
    ['a preceding row that is none', { precedingRows: [{}, null] }, 'precedingRows[1] must be a row'],
    ['preceding rows that are no list', { precedingRows: null }, 'precedingRows must be a list of rows; got null'],
  ])('refuses %s by name', async (_what, change, words) => {
    await promote(0.7, { lookBack: 1 });
    const predictor = await open();
    const request = { ...rising, precedingRows: [rising.features], ...change } as never;
    await expect(predictor.predictNext(request)).rejects.toMatchObject({
      code: 'INVALID_TYPE',
      message: expect.stringContaining(words),
    });
    expect(recorded).toEqual([]);
  });

  it.each([0, 2])(
    'lets the event loop turn while it answers a large batch, with a look-back of %i',
    async (lookBack) => {
      await promote(0.7, { lookBack });
      const predictor = await open();
      const requests = Array.from({ length: 2_000 }, (_, i) => ({
        ...rising,
        id: String(i),
        precedingRows: [rising.features, rising.features],
      }));
      let turns = 0;
      let counting = true;
      const count = () => {
        turns++;
        if (counting) setImmediate(count);
      };
      setImmediate(count);
      const results = await predictor.predictBatch(requests);
      counting = false;
      expect(turns).toBeGreaterThan(lookBack === 0 ? 20 : 80);
      expect(results.map((result) => result.status === 'predicted' && result.prediction.id)).toEqual(
        requests.map(({ id }) => id),
      );
      expect(recorded.map(({ id }) => id)).toEqual(requests.map(({ id }) => id));
    },
  );

  it('gives a model with a rule for missing values what is missing, and records what is there', async () => {
    await promote(0.7, { missingValues: 'handled' });
    const predictor = await open();
    const result = await predictor.predictNext({ symbol: 's', features: { momentum: 1, volume: Number.NaN } });
    expect(result).toMatchObject({ status: 'predicted', prediction: { direction: 'up', features: { momentum: 1 } } });
    expect(recorded[0]!.features).toEqual({ momentum: 1 });
    const infinite = { momentum: 1, volume: Number.POSITIVE_INFINITY };
    await expect(predictor.predictNext({ symbol: 's', features: infinite })).rejects.toMatchObject({
      code: 'NOT_FINITE',
    });
  });

  it('gives a reason instead of a prediction while nothing is promoted', async () => {
    const predictor = await open();
    expect(await predictor.predictNext(rising)).toMatchObject({ status: 'unavailable', reason: 'no-active-model' });
    const versionId = await promote(0.7);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: versionId } });
  });

  it('gives a reason while predictions are suspended', async () => {
    await promote(0.7);
    const predictor = await open();
    await storage.slots.update(modelName, { suspended: true });
    await predictor.refresh();
    expect(await predictor.predictNext(rising)).toMatchObject({ status: 'unavailable', reason: 'suspended' });
    expect(recorded).toEqual([]);
    await storage.slots.update(modelName, { suspended: false });
    await predictor.refresh();
    expect(await predictor.predictNext(rising)).toMatchObject({ status: 'predicted' });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      'boom',
    ],
    ['gives NaN', () => new Float64Array([Number.NaN, 1]), 'NaN'],
    ['gives no distribution', () => new Float64Array([0.4, 0.4]), 'sum to 1'],
    ['gives too few numbers', () => new Float64Array(1), 'probabilities'],
  ])('gives a reason when the model %s', async (_what, predict, words) => {
    const versionId = await promote(0.7);
    const broken: ModelFamily = {
      ...ruleFamily,
      load: async (bytes): Promise<TrainedModel> => ({ ...(await ruleFamily.load(bytes)), predict }),
    };
    const predictor = await open({ families: [broken] });
    expect(await predictor.predictNext(rising)).toMatchObject({
      status: 'unavailable',
      reason: 'failed',
      modelVersionId: versionId,
      message: expect.stringContaining(words),
    });
    expect(recorded).toEqual([]);
  });

  it('hands no prediction out when it could not be recorded', async () => {
    await promote(0.7);
    const failing = { recordPrediction: () => Promise.reject(new StorageError('STORAGE_FAILURE', 'disk full')) };
    const predictor = await open({ recorder: failing });
    await expect(predictor.predictNext(rising)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
  });

  it('breaks ties for up before down', async () => {
    await promote(0.5);
    const predictor = await open();
    const falling = await predictor.predictNext({ symbol: 's', features: { momentum: -1, volume: 0 } });
    expect(falling).toMatchObject({ prediction: { direction: 'up', confidence: 0.5 } });
  });

  it('answers a batch in order, with one version', async () => {
    const versionId = await promote(0.7);
    const predictor = await open();
    const results = await predictor.predictBatch(
      [1, -1, 2].map((momentum, i) => ({ symbol: `s${i}`, features: { momentum, volume: 0 } })),
    );
    expect(results.map((result) => result.status === 'predicted' && result.prediction.direction)).toEqual([
      'up',
      'down',
      'up',
    ]);
    expect(recorded.map(({ symbol, modelVersionId }) => [symbol, modelVersionId])).toEqual([
      ['s0', versionId],
      ['s1', versionId],
      ['s2', versionId],
    ]);
    expect(await predictor.predictBatch([])).toEqual([]);
  });

  it('predicts nothing of a batch with one bad request', async () => {
    await promote(0.7);
    const predictor = await open();
    await expect(predictor.predictBatch([rising, { symbol: 's', features: {} }])).rejects.toBeInstanceOf(
      InvalidInputError,
    );
    expect(recorded).toEqual([]);
  });

  it('answers with the calibrated probabilities of its version', async () => {
    // 1/T = 0.5: the log-odds ln(0.8 / 0.2) = ln 4 are halved to ln 2, so 2 / 3.
    const calibration = new ClassCalibrator(['down', 'up'], [new TemperatureCalibrator(0.5)]);
    await promote(0.8, {}, { calibration });
    const predictor = await open();
    const result = await predictor.predictNext(rising);
    if (result.status !== 'predicted') throw new Error(result.message);
    expect(result.prediction.direction).toBe('up');
    expect(result.prediction.confidence).toBeCloseTo(2 / 3, 12);
    expect(result.prediction.probabilities.down).toBeCloseTo(1 / 3, 12);
  });

  it('decides by the thresholds of its version', async () => {
    await promote(0.55, {}, { thresholds: { up: 0.6, down: 0.4 } });
    const predictor = await open();
    // 0.55 / 0.6 for up, 0.45 / 0.4 for down
    expect(await predictor.predictNext(rising)).toMatchObject({
      prediction: { direction: 'down', confidence: 1 - 0.55, probabilities: { up: 0.55 } },
    });
  });

  it('keeps the host’s ids, and makes distinct ones of names that hold the separator', async () => {
    await promote(0.7);
    const predictor = await open();
    expect(await predictor.predictNext({ ...rising, id: 'mine' })).toMatchObject({ prediction: { id: 'mine' } });
    expect(defaultPredictionId('a|b', 'c', 1)).not.toBe(defaultPredictionId('a', 'b|c', 1));
    expect(defaultPredictionId('a\\', '|c', 1)).not.toBe(defaultPredictionId('a\\|', 'c', 1));
  });

  it('swaps on promotion and disposes of the old version', async () => {
    const first = await promote(0.7);
    const predictor = await open();
    const swaps: unknown[] = [];
    predictor.on('model-swapped', (event) => {
      swaps.push(event);
    });
    const second = await promote(0.8);
    await predictor.refresh();
    expect(predictor.servedVersionId).toBe(second);
    expect(swaps).toEqual([{ modelName, versionId: second, previousVersionId: first, lookBack: 0, at: 1_000 }]);
    expect(disposals).toEqual(['0.7']);
  });

  it('follows a rollback too', async () => {
    const first = await promote(0.7);
    await promote(0.8);
    const predictor = await open();
    await registry.rollback({ modelName, reason: 'worse' });
    await predictor.refresh();
    expect(predictor.servedVersionId).toBe(first);
  });

  it('finishes a call on the version it began with, and disposes of that one only then', async () => {
    const first = await promote(0.7);
    const held = Promise.withResolvers<void>();
    let calls = 0;
    const slow: ModelFamily = {
      ...ruleFamily,
      async load(bytes): Promise<TrainedModel> {
        const model = await ruleFamily.load(bytes);
        return {
          ...model,
          async predict(features) {
            if (calls++ === 0) await held.promise;
            return model.predict(features);
          },
        };
      },
    };
    const predictor = await open({ families: [slow] });
    const early = predictor.predictNext(rising);
    const second = await promote(0.8);
    await predictor.refresh();
    expect(await predictor.predictNext({ ...rising, predictedAt: 2_000 })).toMatchObject({
      prediction: { modelVersionId: second, confidence: 0.8 },
    });
    expect(disposals).toEqual([]);
    held.resolve();
    expect(await early).toMatchObject({ prediction: { modelVersionId: first, confidence: 0.7 } });
    expect(disposals).toEqual(['0.7']);
  });

  it('sees a promotion made by another process once its reading of the slot is old enough', async () => {
    await promote(0.7);
    const untold = {
      getSlot: (name: string) => registry.getSlot(name),
      getVersion: (id: string) => registry.getVersion(id),
      loadArtifact: (version: Parameters<ModelRegistry['loadArtifact']>[0]) => registry.loadArtifact(version),
      onPromotion: () => () => {},
    };
    const predictor = await open({ source: untold, refreshIntervalMs: 500 });
    const second = await promote(0.8);
    clock.advance(499);
    await predictor.predictNext(rising);
    await Promise.resolve();
    const swapped = new Promise((resolve) => predictor.on('model-swapped', resolve));
    clock.advance(1);
    await predictor.predictNext(rising);
    expect(await swapped).toMatchObject({ versionId: second });
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: second } });
  });

  it('sees a promotion made by another process at once where the storage tells of it', async () => {
    const first = await promote(0.7);
    const predictor = await open({ source: await ModelRegistry.open({ storage }) });
    expect(predictor.servedVersionId).toBe(first);
    const swapped = new Promise((resolve) => predictor.on('model-swapped', resolve));
    const second = await promote(0.8);
    expect(await swapped).toMatchObject({ versionId: second, at: 1_000 });
  });

  it('is suspended, and resumed, by another process at once where the storage tells of it', async () => {
    await promote(0.7);
    const predictor = await open({ refreshIntervalMs: 3_600_000 });
    const operator = await ModelRegistry.open({ storage });
    const why = { actor: 'ops', reason: 'feed is down' };
    await operator.controlSlot(modelName, { suspended: true }, why);
    await new Promise(setImmediate);
    expect(await predictor.predictNext(rising)).toMatchObject({ status: 'unavailable', reason: 'suspended' });
    await operator.controlSlot(modelName, { suspended: false }, why);
    await new Promise(setImmediate);
    expect((await predictor.predictNext(rising)).status).toBe('predicted');
  });

  it('serves a promoted version before the clock has moved on', async () => {
    await promote(0.7);
    const predictor = await open({ refreshIntervalMs: 60_000 });
    for (const certainty of [0.75, 0.8, 0.85]) {
      const versionId = await promote(certainty);
      await new Promise(setImmediate);
      expect(await predictor.predictNext({ ...rising, predictedAt: certainty * 100 })).toMatchObject({
        prediction: { modelVersionId: versionId },
      });
    }
  });

  describe('with a champion that cannot be loaded', () => {
    const damaged = (source: ModelRegistry, isBad: (versionId: string) => boolean) => ({
      getSlot: (name: string) => source.getSlot(name),
      getVersion: (versionId: string) => source.getVersion(versionId),
      onPromotion: (listener: Parameters<ModelRegistry['onPromotion']>[0]) => source.onPromotion(listener),
      async loadArtifact(version: Parameters<ModelRegistry['loadArtifact']>[0]) {
        const bytes = await source.loadArtifact(version);
        return isBad(version.versionId) ? bytes.subarray(0, bytes.length - 1) : bytes;
      },
    });

    it('serves nothing and says why, until it can be loaded', async () => {
      const versionId = await promote(0.7);
      let bad = true;
      const predictor = await open({ source: damaged(registry, () => bad) });
      expect(await predictor.predictNext(rising)).toMatchObject({
        status: 'unavailable',
        reason: 'failed',
        modelVersionId: versionId,
        error: { code: 'ARTIFACT_CORRUPT' },
      });
      bad = false;
      await predictor.refresh();
      expect(await predictor.predictNext(rising)).toMatchObject({ status: 'predicted' });
    });

    it('goes on serving the version before it, and says so', async () => {
      const first = await promote(0.7);
      const failures: unknown[] = [];
      const predictor = await open({ source: damaged(registry, (versionId) => versionId !== first) });
      predictor.on('model-load-failed', (event) => {
        failures.push(event);
      });
      const second = await promote(0.8);
      await predictor.refresh();
      expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
      expect(failures[0]).toMatchObject({
        versionId: second,
        servedVersionId: first,
        error: { code: 'ARTIFACT_CORRUPT' },
      });
    });

    it('tries again at growing distances, not at every prediction', async () => {
      await promote(0.7);
      const attempts: number[] = [];
      const predictor = await open({ source: damaged(registry, () => true), refreshIntervalMs: 100 });
      predictor.on('model-load-failed', ({ at }) => {
        attempts.push(at);
      });
      for (let i = 0; i < 70; i++) {
        clock.advance(100);
        await predictor.predictNext({ ...rising, predictedAt: i });
      }
      expect(attempts).toEqual([1_100, 1_300, 1_700, 2_500, 4_100, 7_300]);
    });

    it.each<[string, Partial<Rule>, string]>([
      ['other features than the host feeds', { featureNames: ['momentum', 'rsi'] }, 'missing volume; unexpected rsi'],
      ['the same features in another order', { featureNames: ['volume', 'momentum'] }, 'order'],
    ])('refuses a version with %s', async (_what, rule, words) => {
      const first = await promote(0.7);
      const predictor = await open({ featureNames });
      const failed = new Promise<{ error: unknown }>((resolve) => predictor.on('model-load-failed', resolve));
      await promote(0.8, rule);
      const { error } = await failed;
      expect(error).toMatchObject({ code: 'MODEL_FORMAT', message: expect.stringContaining(words) });
      expect(predictor.servedVersionId).toBe(first);
    });

    it('refuses classes that are no directions', async () => {
      const { versionId } = await registry.registerModel({
        modelName,
        model: { ...serialized({ follow: true, certainty: 0.7, featureNames }), classes: ['buy', 'sell'] },
        flatBand: 0,
        hyperparameters: {},
        trainingMetrics: {},
        dataVersion: 'd',
      });
      // The registry does not promote it; the store does.
      const promotion = {
        modelName,
        kind: 'promotion',
        versionId,
        at: 1_000,
        actor: 'other tool',
        reason: 'r',
      } as const;
      await storage.slots.promote({ ...promotion, expectedChampionVersionId: undefined });
      const family: ModelFamily = {
        ...ruleFamily,
        load: async (bytes): Promise<TrainedModel> => ({
          ...ruleModel(JSON.parse(new TextDecoder().decode(bytes))),
          classes: ['buy', 'sell'],
        }),
      };
      const predictor = await open({ families: [family] });
      expect(await predictor.predictNext(rising)).toMatchObject({
        reason: 'failed',
        message: expect.stringContaining('buy, sell'),
      });
    });
  });

  it('goes on serving while the slot cannot be read', async () => {
    const versionId = await promote(0.7);
    let down = false;
    const source = {
      getSlot: (name: string) =>
        down ? Promise.reject(new StorageError('STORAGE_FAILURE', 'gone')) : registry.getSlot(name),
      getVersion: (id: string) => registry.getVersion(id),
      loadArtifact: (version: Parameters<ModelRegistry['loadArtifact']>[0]) => registry.loadArtifact(version),
      onPromotion: () => () => {},
    };
    const predictor = await open({ source });
    down = true;
    const failed = new Promise((resolve) => predictor.on('refresh-failed', resolve));
    clock.advance(1_000);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: versionId } });
    expect(await failed).toMatchObject({ modelName, error: { code: 'STORAGE_FAILURE' } });
    await expect(predictor.refresh()).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
  });

  it('1,000 swaps under load: no reader sees a model with another version’s scaler', async () => {
    const confidenceOf = new Map<string, number>();
    const register = async (i: number) => {
      const certainty = 0.6 + i / 4_000;
      const inverseTemperature = 0.5 + i / 2_000;
      const calibration = new ClassCalibrator(['down', 'up'], [new TemperatureCalibrator(inverseTemperature)]);
      const versionId = await promote(certainty, { follow: i % 2 === 0 }, { calibration });
      const scaled = (certainty / (1 - certainty)) ** inverseTemperature;
      confidenceOf.set(versionId, scaled / (1 + scaled));
    };
    await register(0);
    const yielding: ModelFamily = {
      ...ruleFamily,
      async load(bytes): Promise<TrainedModel> {
        const model = await ruleFamily.load(bytes);
        return {
          ...model,
          async predict(features) {
            await new Promise(setImmediate);
            return model.predict(features);
          },
        };
      },
    };
    const predictor = await open({ families: [yielding] });
    let swaps = 0;
    predictor.on('model-swapped', () => {
      swaps++;
    });
    let swapping = true;
    const results: PredictionResult[] = [];
    const load = Array.from({ length: 4 }, async (_, symbol) => {
      for (let i = 0; swapping; i++) {
        results.push(await predictor.predictNext({ ...rising, symbol: `s${symbol}`, predictedAt: i }));
      }
    });
    for (let i = 1; i <= 1_000; i++) {
      await register(i);
      await predictor.refresh();
      await new Promise(setImmediate);
    }
    swapping = false;
    await Promise.all(load);
    expect(swaps).toBe(1_000);
    expect(results.length).toBeGreaterThan(1_000);
    const versions = new Set<string>();
    for (const result of results) {
      if (result.status !== 'predicted') throw new Error(`${result.reason}: ${result.message}`);
      const { modelVersionId, confidence } = result.prediction;
      versions.add(modelVersionId);
      const gap = Math.abs(confidence - confidenceOf.get(modelVersionId)!);
      if (!(gap < 1e-12)) expect({ modelVersionId, confidence }).toBe('of one version');
    }
    expect(versions.size).toBeGreaterThan(500);
    await predictor.close();
    expect(disposals).toHaveLength(1_001);
  });

  it('reads its history from the store it was given', async () => {
    await promote(0.7);
    const store = {
      recordPrediction: async (prediction: Prediction) => {
        await storage.predictions.append([
          { ...prediction, decisionId: prediction.id, role: 'live', recordedAt: clock.now() },
        ]);
      },
    };
    const predictor = await open({ recorder: store, predictions: storage.predictions });
    await predictor.predictNext({ ...rising, predictedAt: 1_000 });
    clock.advance(2 * 86_400_000);
    await predictor.predictNext(rising);
    expect((await predictor.getPredictionHistory(1)).items.map((row) => row.predictedAt)).toEqual([
      1_000 + 172_800_000,
    ]);
    expect((await predictor.getPredictionHistory(3)).items).toHaveLength(2);
    await expect(predictor.getPredictionHistory(0)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect((await open()).getPredictionHistory(1)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('says from its store whether stated confidence was earned', async () => {
    const versionId = await promote(0.8);
    const monitor = await PerformanceMonitor.open({ storage, modelName, clock });
    const predictor = await open({ recorder: monitor, predictions: storage.predictions });
    expect(await (await open({ predictions: storage.predictions })).getConfidenceCalibration()).toMatchObject({
      outcomes: 0,
      bins: expect.any(Array),
    });
    for (let i = 0; i < 10; i++) {
      const result = await predictor.predictNext({ ...rising, predictedAt: 1_000 + i });
      if (result.status !== 'predicted') throw new Error(result.message);
      await monitor.recordOutcome(result.prediction.id, { observedAt: 2_000, direction: i < 6 ? 'up' : 'down' });
    }
    const stated = await predictor.getConfidenceCalibration();
    // Stated 0.8 ten times, right six times.
    expect(stated).toMatchObject({ modelVersionId: versionId, windowSize: 1_000, outcomes: 10, accuracy: 6 / 10 });
    expect(stated!.meanConfidence).toBeCloseTo(0.8, 12);
    expect(stated!.expectedCalibrationError).toBeCloseTo(0.8 - 6 / 10, 12);
    const last = await predictor.getConfidenceCalibration({ windowSize: 5 });
    // The last five hold one hit.
    expect(last).toMatchObject({ outcomes: 5, accuracy: 1 / 5 });
    const { expectedCalibrationError, brier } = monitor.getConfidenceCalibration(1_000);
    expect(stated).toMatchObject({ expectedCalibrationError, brier });
    await expect(predictor.getConfidenceCalibration({ windowSize: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect((await open()).getConfidenceCalibration()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await monitor.close();
  });

  it('refuses calls once closed, and closes twice without harm', async () => {
    await promote(0.7);
    const predictor = await open();
    await predictor.close();
    await predictor.close();
    await expect(predictor.predictNext(rising)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(predictor.refresh()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(disposals).toEqual(['0.7']);
  });
});
