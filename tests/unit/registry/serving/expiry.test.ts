import { ModelPredictor } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { ruleFamily } from '../rule-family.ts';
import { modelName, openServingWorld, rising, type ServingWorld } from './serving-world.ts';

const HOUR_MS = 3_600_000;

describe('an expired model', () => {
  let world: ServingWorld;

  beforeEach(async () => {
    world = await openServingWorld();
  });

  it('predicts up to its age limit and not after it', async () => {
    await world.promote(0.7);
    const predictor = await world.open({ maxAgeMs: HOUR_MS });
    world.clock.advance(HOUR_MS);
    expect((await predictor.predictNext(rising)).status).toBe('predicted');
    world.clock.advance(1);
    expect(await predictor.predictNext(rising)).toMatchObject({ status: 'unavailable', reason: 'expired' });
  });

  it('is one whose training lies in the future, for its age cannot be told', async () => {
    const future = world.clock.now() + 25 * HOUR_MS;
    await expect(world.register(0.7, {}, { trainedAt: future })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: `a model version: trainedAt must be at most a day after now, 1000; got ${future}`,
    });
    expect(await world.registry.getModelHistory(modelName)).toEqual([]);
    // A row of an older release, or of a machine whose clock has been set back.
    const versionId = await world.promote(0.7, {}, { trainedAt: world.clock.now() + 24 * HOUR_MS, maxAgeMs: 1 });
    const clock = { now: () => world.clock.now() - 1, sleep: world.clock.sleep.bind(world.clock) };
    const predictor = await world.open({ clock });
    expect(await predictor.predictNext(rising)).toMatchObject({ reason: 'expired', modelVersionId: versionId });
    expect((await (await world.open()).predictNext(rising)).status).toBe('predicted');
  });

  it('is expired on the first call after a restart', async () => {
    const versionId = await world.promote(0.7, {}, { maxAgeMs: HOUR_MS });
    world.clock.advance(2 * HOUR_MS);
    const restarted = await ModelPredictor.open({
      source: world.registry,
      modelName,
      families: [ruleFamily],
      clock: world.clock,
    });
    expect(await restarted.predictNext(rising)).toEqual({
      status: 'unavailable',
      reason: 'expired',
      modelVersionId: versionId,
      message: `version '${versionId}' may predict for 3600000 ms after its training at 1000; 7200000 ms have passed`,
    });
  });

  it.each([
    ['the host’s when that is lower', 2 * HOUR_MS, HOUR_MS],
    ['the bundle’s when that is lower', HOUR_MS, 2 * HOUR_MS],
  ])('keeps to one limit of two: %s', async (_what, ofBundle, ofHost) => {
    await world.promote(0.7, {}, { maxAgeMs: ofBundle });
    const predictor = await world.open({ maxAgeMs: ofHost });
    world.clock.advance(HOUR_MS + 1);
    expect(await predictor.predictNext(rising)).toMatchObject({ reason: 'expired' });
  });

  it('is recorded nowhere, and predicts again after a promotion', async () => {
    await world.promote(0.7);
    const recorded: unknown[] = [];
    const recorder = { recordPrediction: async (one: unknown) => void recorded.push(one) };
    const predictor = await world.open({ maxAgeMs: HOUR_MS, recorder });
    world.clock.advance(HOUR_MS + 1);
    await predictor.predictBatch([rising, { ...rising, symbol: 'ETH-USD' }]);
    expect(recorded).toEqual([]);
    await world.promote(0.8);
    await predictor.refresh();
    expect((await predictor.predictNext(rising)).status).toBe('predicted');
  });

  it.each([0, -1, Number.NaN])('has no limit of %s', async (maxAgeMs) => {
    await expect(world.open({ maxAgeMs })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(world.register(0.7, {}, { maxAgeMs })).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
  });
});
