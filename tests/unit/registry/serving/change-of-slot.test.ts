import { join } from 'node:path';
import type { ModelSource } from '@mlperf/core';
import { EnsemblePredictor, ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../storage-sqlite/temporary-directory.ts';
import { ruleFamily, serialized } from '../rule-family.ts';
import { modelName, openServingWorld, rising, type ServingWorld } from './serving-world.ts';

const families = [ruleFamily];
const DAY = 86_400_000;
const hour = 3_600_000;

describe('a change of what is served', () => {
  let world: ServingWorld;

  beforeEach(async () => {
    world = await openServingWorld();
  });

  /** The registry without what the storage tells of. */
  const unhinted = (change: Partial<ModelSource> = {}): ModelSource => ({
    getSlot: (name) => world.registry.getSlot(name),
    getVersion: (id) => world.registry.getVersion(id),
    loadArtifact: (version) => world.registry.loadArtifact(version),
    onPromotion: (listener) => world.registry.onPromotion(listener),
    onSlotChange: (listener) => world.registry.onSlotChange(listener),
    getPromotionHistory: (name, page) => world.registry.getPromotionHistory(name, page),
    ...change,
  });

  it('holds for the very next prediction of a host that does nothing but predict', async () => {
    const first = await world.promote(0.7);
    const predictor = await world.open({ source: unhinted(), refreshIntervalMs: hour });
    const next = async (predictedAt: number) => predictor.predictNext({ ...rising, predictedAt });
    const second = await world.promote(0.8);
    expect(await next(1)).toMatchObject({ prediction: { modelVersionId: second } });
    await world.registry.rollback({ modelName, reason: 'worse' });
    expect(await next(2)).toMatchObject({ prediction: { modelVersionId: first } });
    await world.registry.controlSlot(modelName, { suspended: true });
    expect(await next(3)).toMatchObject({ status: 'unavailable', reason: 'suspended' });
    await world.registry.controlSlot(modelName, { suspended: false });
    expect(await next(4)).toMatchObject({ prediction: { modelVersionId: first } });
  });

  it('holds for the next prediction after the interval when another process made it', async () => {
    const path = join(temporaryDirectory(), 'registry.sqlite');
    const { clock } = world;
    const open = () => openSqliteStorage(path);
    const [ours, theirs] = [await open(), await open()];
    try {
      const operator = await openServingWorld(theirs);
      const first = await operator.promote(0.7);
      const second = await operator.promote(0.8);
      const source = await ModelRegistry.open({ storage: ours, clock });
      const predictor = await ModelPredictor.open({ source, modelName, families, clock });
      expect(predictor.servedVersionId).toBe(second);
      await operator.registry.rollback({ modelName, reason: 'worse' });
      clock.advance(DAY);
      expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
      await operator.registry.controlSlot(modelName, { suspended: true });
      clock.advance(DAY);
      expect(await predictor.predictNext(rising)).toMatchObject({ reason: 'suspended' });
      await predictor.close();
    } finally {
      await ours.close();
      await theirs.close();
    }
  });

  it('is looked for before a version is called expired', async () => {
    await world.promote(0.7, {}, { maxAgeMs: 10 });
    const predictor = await world.open({
      source: unhinted({ onPromotion: () => () => undefined }),
      refreshIntervalMs: hour,
    });
    world.clock.advance(11);
    const fresh = await world.promote(0.8);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: fresh } });
  });

  it('is read anew when the clock was set back', async () => {
    await world.promote(0.7);
    let now = world.clock.now() + hour;
    const clock = { now: () => now, sleep: world.clock.sleep.bind(world.clock) };
    const source = unhinted({ onPromotion: () => () => undefined });
    const predictor = await world.open({ source, clock });
    const second = await world.promote(0.8);
    now = world.clock.now();
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: second } });
  });

  it('reads no slot for a prediction while the last reading is young', async () => {
    await world.promote(0.7);
    let readings = 0;
    const getSlot: ModelSource['getSlot'] = (name) => {
      readings++;
      return world.registry.getSlot(name);
    };
    const predictor = await world.open({ source: unhinted({ getSlot }), refreshIntervalMs: 500 });
    world.clock.advance(499);
    for (let i = 0; i < 100; i++) await predictor.predictNext({ ...rising, predictedAt: i });
    expect(readings).toBe(1);
  });

  describe('while the slot cannot be read', () => {
    let hangs: boolean;
    const hanging = () =>
      unhinted({
        getSlot: (name) => (hangs ? new Promise(() => undefined) : world.registry.getSlot(name)),
      });

    beforeEach(() => {
      hangs = false;
    });

    const askedFor = async (predictor: ModelPredictor, predictedAt: number) => {
      const asked = predictor.predictNext({ ...rising, predictedAt });
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      world.clock.advance(1_000);
      return asked;
    };

    it('is waited for a second, once, and then told of as a failure', async () => {
      const first = await world.promote(0.7);
      const predictor = await world.open({ source: hanging(), refreshIntervalMs: 10 });
      const failures: unknown[] = [];
      predictor.on('refresh-failed', ({ error }) => void failures.push(error));
      hangs = true;
      await world.promote(0.8);
      expect(await askedFor(predictor, 1)).toMatchObject({ prediction: { modelVersionId: first } });
      expect(failures).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
      expect(await predictor.predictNext({ ...rising, predictedAt: 2 })).toMatchObject({ status: 'predicted' });
    });

    it('lets no version answer that was rolled back or suspended here', async () => {
      await world.promote(0.7);
      const second = await world.promote(0.8);
      const predictor = await world.open({ source: hanging() });
      hangs = true;
      await world.registry.rollback({ modelName, reason: 'worse' });
      expect(await askedFor(predictor, 1)).toMatchObject({ reason: 'failed', modelVersionId: second });
      await world.registry.controlSlot(modelName, { suspended: true });
      expect(await predictor.predictNext(rising)).toMatchObject({ reason: 'suspended' });
    });
  });

  it('never lets a version answer that a rollback left, though the one before it does not load', async () => {
    const first = await world.promote(0.7);
    const second = await world.promote(0.8);
    const source = unhinted({
      onPromotion: () => () => undefined,
      loadArtifact: (version) =>
        version.versionId === first ? Promise.reject(new Error('gone')) : world.registry.loadArtifact(version),
    });
    const predictor = await world.open({ source });
    await world.registry.rollback({ modelName, reason: 'worse' });
    world.clock.advance(DAY);
    expect(await predictor.predictNext(rising)).toMatchObject({
      reason: 'failed',
      modelVersionId: second,
      message: expect.stringContaining('gone'),
    });
  });

  it('holds for the next prediction of an ensemble, of its members and of itself', async () => {
    await world.promote(0.7);
    const figures = { flatBand: 0, hyperparameters: {}, trainingMetrics: {}, dataVersion: 'd' };
    const model = serialized({ follow: true, certainty: 0.6, featureNames: ['momentum', 'volume'] });
    const other = await world.registry.registerModel({ modelName: 'other', model, ...figures });
    await world.registry.promoteToProduction(other.versionId, { expectedActive: undefined });
    const ensemble = await EnsemblePredictor.open({
      source: world.registry,
      storage: world.storage,
      modelName: 'both',
      members: [modelName, 'other'],
      families,
      clock: world.clock,
      refreshIntervalMs: hour,
    });
    const second = await world.promote(0.8);
    const { members } = await ensemble.ensemblePredict({ ...rising, predictedAt: 1 });
    expect(members[0]!.modelVersionId).toBe(second);
    await world.registry.controlSlot('other', { suspended: true });
    const without = await ensemble.ensemblePredict({ ...rising, predictedAt: 2 });
    expect(without.members[1]!.unavailable?.reason).toBe('suspended');
    await world.registry.controlSlot('both', { suspended: true });
    expect(await ensemble.ensemblePredict({ ...rising, predictedAt: 3 })).toMatchObject({ reason: 'suspended' });
  });
});
