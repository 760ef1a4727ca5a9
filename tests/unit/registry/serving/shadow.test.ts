import { type ModelFamily, PerformanceMonitor, type Prediction, StorageError, type TrainedModel } from '@mlperf/core';
import type { ShadowFailedEvent } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { disposals, ruleFamily } from '../rule-family.ts';
import { modelName, openServingWorld, rising, type ServingWorld } from './serving-world.ts';

/** A family whose versions of one certainty predict as told. */
function familyWith(certainty: number, predict: TrainedModel['predict']): ModelFamily {
  return {
    ...ruleFamily,
    async load(bytes): Promise<TrainedModel> {
      const model = await ruleFamily.load(bytes);
      return (JSON.parse(new TextDecoder().decode(bytes)) as { certainty: number }).certainty === certainty
        ? { ...model, predict }
        : model;
    },
  };
}

describe('a challenger in shadow', () => {
  let world: ServingWorld;
  let recorded: Prediction[];
  let live: string;
  let shadow: string;
  const recorder = {
    async recordPrediction(prediction: Prediction) {
      recorded.push(prediction);
    },
  };
  const failures: ShadowFailedEvent[] = [];

  beforeEach(async () => {
    world = await openServingWorld();
    recorded = [];
    failures.length = 0;
    disposals.length = 0;
    live = await world.promote(0.7);
    shadow = await world.register(0.9, { follow: false });
    await world.storage.slots.update(modelName, { shadowVersionId: shadow });
  });

  it('answers the same inputs for the same decision, and is recorded with its role before the call returns', async () => {
    const predictor = await world.open({ recorder });
    expect(predictor.shadowVersionId).toBe(shadow);
    await predictor.predictNext({ ...rising, referencePrice: 100, dueAt: 5_000, id: 'p1' });
    const same = { decisionId: 'p1', modelName, symbol: 'BTC-USD', predictedAt: 1_000, dueAt: 5_000 };
    const input = { referencePrice: 100, features: { momentum: 1, volume: 5 } };
    expect(recorded).toEqual([
      {
        ...{ ...same, ...input, id: 'p1', role: 'live', modelVersionId: live },
        ...{ direction: 'up', confidence: 0.7, probabilities: { up: 0.7, down: 1 - 0.7 } },
      },
      {
        ...{ ...same, ...input, id: `p1|shadow|${shadow}`, role: 'shadow', modelVersionId: shadow },
        ...{ direction: 'down', confidence: 0.9, probabilities: { up: 1 - 0.9, down: 0.9 } },
      },
    ]);
  });

  it('is resolved by the outcome of the decision, and counts in no live figure', async () => {
    const monitor = await PerformanceMonitor.open({ storage: world.storage, modelName, clock: world.clock });
    const predictor = await world.open({ recorder: monitor });
    const result = await predictor.predictNext({ ...rising, referencePrice: 100 });
    if (result.status !== 'predicted') throw new Error(result.message);
    await monitor.recordOutcome(result.prediction.decisionId, { observedAt: 2_000, price: 99 });
    const both = await world.storage.predictions.findByDecision(result.prediction.decisionId);
    expect(both.map(({ role, outcome }) => [role, outcome?.correct])).toEqual([
      ['live', false],
      ['shadow', true],
    ]);
    expect(monitor.rollingAccuracy).toBe(0);
    const history = await (await world.open({ predictions: world.storage.predictions })).getPredictionHistory(1);
    expect(history.items.map(({ role }) => role)).toEqual(['live']);
    await predictor.close();
    await monitor.close();
  });

  it('shadows every row of a batch', async () => {
    const predictor = await world.open({ recorder });
    await predictor.predictBatch(
      [1, -1, 1].map((momentum, i) => ({ symbol: `s${i}`, features: { momentum, volume: 0 } })),
    );
    const shadows = recorded.filter(({ role }) => role === 'shadow');
    expect(shadows.map(({ symbol, direction }) => [symbol, direction])).toEqual([
      ['s0', 'down'],
      ['s1', 'up'],
      ['s2', 'down'],
    ]);
  });

  it('follows the slot: another version, or none', async () => {
    const predictor = await world.open({ recorder });
    const next = await world.register(0.95);
    await world.storage.slots.update(modelName, { shadowVersionId: next });
    await predictor.refresh();
    expect(predictor.shadowVersionId).toBe(next);
    expect(disposals).toEqual(['0.9']);
    await world.storage.slots.update(modelName, { shadowVersionId: null });
    await predictor.refresh();
    await predictor.predictNext(rising);
    expect(recorded.map(({ role }) => role)).toEqual(['live']);
    expect(disposals).toEqual(['0.9', '0.95']);
  });

  it('may be named by the host, or refused by it', async () => {
    const other = await world.register(0.6);
    const named = await world.open({ recorder, shadow: { versionId: other } });
    expect(named.shadowVersionId).toBe(other);
    const without = await world.open({ recorder, shadow: false });
    await without.predictNext(rising);
    expect(recorded.map(({ role }) => role)).toEqual(['live']);
    expect((await world.open()).shadowVersionId).toBeUndefined();
  });

  it('does not shadow itself after its promotion', async () => {
    const predictor = await world.open({ recorder, shadow: { versionId: shadow } });
    await world.registry.promoteToProduction(shadow, { expectedActive: live });
    await predictor.refresh();
    await predictor.predictNext(rising);
    expect(recorded.map(({ role, modelVersionId }) => [role, modelVersionId])).toEqual([['live', shadow]]);
  });

  it.each<[string, TrainedModel['predict'], string]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      'boom',
    ],
    ['rejects', () => Promise.reject(new Error('bust')), 'bust'],
    ['gives no distribution', () => Float64Array.of(0.4, 0.4), 'sum to 1'],
  ])('leaves the answer alone when its model %s, tells of it, and pauses', async (_what, predict, words) => {
    const predictor = await world.open({ recorder, families: [familyWith(0.9, predict)], refreshIntervalMs: 100 });
    predictor.on('shadow-failed', (event) => void failures.push(event));
    for (let i = 0; i < 70; i++) {
      expect(await predictor.predictNext({ ...rising, predictedAt: i })).toMatchObject({
        prediction: { modelVersionId: live },
      });
      world.clock.advance(10);
    }
    expect(recorded).toHaveLength(70);
    expect(failures.map(({ at, pausedUntil }) => [at, pausedUntil])).toEqual([
      [1_000, 1_100],
      [1_100, 1_300],
      [1_300, 1_700],
    ]);
    expect(failures[0]).toMatchObject({ modelName, shadowVersionId: shadow, reason: 'failed' });
    expect(String(failures[0]!.error)).toContain(words);
  });

  it('that never answers costs no more than its time, and never holds an answer up', async () => {
    const never = familyWith(0.9, () => new Promise(() => undefined));
    const predictor = await world.open({ recorder, families: [never], shadow: { timeoutMs: 200 } });
    predictor.on('shadow-failed', (event) => void failures.push(event));
    for (let i = 0; i < 500; i++) {
      expect((await predictor.predictNext({ ...rising, predictedAt: i })).status).toBe('predicted');
    }
    expect(failures).toEqual([]);
    world.clock.advance(200);
    await new Promise(setImmediate);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({ reason: 'too-slow', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(recorded.every(({ role }) => role === 'live')).toBe(true);
    // What it still owes is not held against the next one.
    const next = await world.register(0.95);
    await world.storage.slots.update(modelName, { shadowVersionId: next });
    await predictor.refresh();
    await predictor.predictNext({ ...rising, predictedAt: 1_000 });
    expect(recorded.at(-1)).toMatchObject({ role: 'shadow', modelVersionId: next });
  });

  it('that keeps the event loop to itself for too long is put aside after one call', async () => {
    const blocking = familyWith(0.9, () => {
      world.clock.advance(300);
      return Float64Array.of(0.1, 0.9);
    });
    const predictor = await world.open({ recorder, families: [blocking], shadow: { timeoutMs: 200 } });
    predictor.on('shadow-failed', (event) => void failures.push(event));
    await predictor.predictNext({ ...rising, predictedAt: 1 });
    await predictor.predictNext({ ...rising, predictedAt: 2 });
    expect(failures.map(({ reason }) => reason)).toEqual(['too-slow']);
    expect(recorded.map(({ role }) => role)).toEqual(['live', 'live']);
  });

  it('of other features is told of, by how they differ', async () => {
    const other = await world.register(0.6, { featureNames: ['momentum', 'rsi'] });
    const predictor = await world.open({ recorder, shadow: { versionId: other } });
    predictor.on('shadow-failed', (event) => void failures.push(event));
    expect((await predictor.predictNext(rising)).status).toBe('predicted');
    expect(failures[0]).toMatchObject({
      reason: 'failed',
      error: { message: expect.stringContaining('missing rsi; unexpected volume') },
    });
  });

  it('that cannot be loaded leaves the champion alone', async () => {
    const source = {
      getSlot: (name: string) => world.registry.getSlot(name),
      getVersion: (id: string) => world.registry.getVersion(id),
      onPromotion: () => () => undefined,
      async loadArtifact(version: Parameters<typeof world.registry.loadArtifact>[0]) {
        const bytes = await world.registry.loadArtifact(version);
        return version.versionId === shadow ? bytes.subarray(1) : bytes;
      },
    };
    const told = Promise.withResolvers<ShadowFailedEvent>();
    const predictor = await world.open({ recorder, source });
    predictor.on('shadow-failed', told.resolve);
    world.clock.advance(1_000);
    expect((await predictor.predictNext(rising)).status).toBe('predicted');
    expect(await told.promise).toMatchObject({ reason: 'not-loaded', error: { code: 'MODEL_FORMAT' } });
    expect(predictor.shadowVersionId).toBeUndefined();
  });

  it('is not recorded for a prediction that could not be', async () => {
    const failing = {
      recordPrediction: async (prediction: Prediction) => {
        recorded.push(prediction);
        if (prediction.role === 'live') throw new StorageError('STORAGE_FAILURE', 'disk full');
      },
    };
    const predictor = await world.open({ recorder: failing });
    predictor.on('shadow-failed', (event) => void failures.push(event));
    await expect(predictor.predictNext(rising)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    await new Promise(setImmediate);
    expect(recorded.map(({ role }) => role)).toEqual(['live']);
    expect(failures).toEqual([]);
  });

  it('that cannot be recorded is told of and harms nobody', async () => {
    const failing = {
      recordPrediction: async ({ role }: Prediction) => {
        if (role === 'shadow') throw new StorageError('STORAGE_FAILURE', 'disk full');
      },
    };
    const predictor = await world.open({ recorder: failing });
    const told = Promise.withResolvers<ShadowFailedEvent>();
    predictor.on('shadow-failed', told.resolve);
    expect((await predictor.predictNext(rising)).status).toBe('predicted');
    expect(await told.promise).toMatchObject({ reason: 'not-recorded', error: { code: 'STORAGE_FAILURE' } });
  });

  it('that looks back further than the rows that come is told of once', async () => {
    const longer = await world.register(0.6, { lookBack: 1 });
    const predictor = await world.open({ recorder, shadow: { versionId: longer } });
    predictor.on('shadow-failed', (event) => void failures.push(event));
    await predictor.predictBatch([rising, { ...rising, symbol: 'ETH', precedingRows: [rising.features] }]);
    await predictor.predictNext({ ...rising, predictedAt: 5 });
    expect(recorded.filter(({ role }) => role === 'shadow').map(({ symbol }) => symbol)).toEqual(['ETH']);
    expect(failures.map(({ reason }) => reason)).toEqual(['too-few-preceding-rows']);
  });
});
