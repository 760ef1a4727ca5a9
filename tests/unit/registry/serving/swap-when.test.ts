import type { SwapHeldEvent } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { disposals } from '../rule-family.ts';
import { modelName, openServingWorld, rising, type ServingWorld } from './serving-world.ts';

describe('a swap that waits for the host', () => {
  let world: ServingWorld;
  let flat: boolean;

  beforeEach(async () => {
    world = await openServingWorld();
    flat = false;
    disposals.length = 0;
  });

  it('happens at the first prediction after the host allows it', async () => {
    const first = await world.promote(0.7);
    const predictor = await world.open({ swapWhen: () => flat });
    const held: SwapHeldEvent[] = [];
    predictor.on('swap-held', (event) => void held.push(event));
    const second = await world.promote(0.8);
    await predictor.refresh();
    await predictor.refresh();
    expect(held).toEqual([{ modelName, versionId: second, servedVersionId: first, at: 1_000 }]);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
    expect([predictor.servedVersionId, predictor.heldVersionId]).toEqual([first, second]);
    flat = true;
    expect(await predictor.predictNext({ ...rising, predictedAt: 2_000 })).toMatchObject({
      prediction: { modelVersionId: second },
    });
    expect(predictor.heldVersionId).toBeUndefined();
    expect(disposals).toEqual(['0.7']);
  });

  it('waits no longer than it may, however many versions are promoted meanwhile', async () => {
    const first = await world.promote(0.7);
    const predictor = await world.open({ swapWhen: () => false, maxHoldMs: 500 });
    const until: unknown[] = [];
    predictor.on('swap-held', ({ heldUntil }) => void until.push(heldUntil));
    await world.promote(0.8);
    await predictor.refresh();
    world.clock.advance(400);
    const third = await world.promote(0.9);
    await predictor.refresh();
    expect(until).toEqual([1_500, 1_500]);
    expect(disposals).toEqual(['0.8']);
    world.clock.advance(99);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
    world.clock.advance(1);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: third } });
  });

  it('does not keep a rollback waiting', async () => {
    const first = await world.promote(0.7);
    const second = await world.promote(0.8);
    const predictor = await world.open({ swapWhen: () => false });
    expect(predictor.servedVersionId).toBe(second);
    await world.registry.rollback({ modelName, reason: 'worse' });
    await predictor.refresh();
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
  });

  it('does not keep a rollback waiting that another promotion has followed before anybody looked', async () => {
    await world.promote(0.7);
    await world.promote(0.8);
    const source = {
      getSlot: (name: string) => world.registry.getSlot(name),
      getVersion: (id: string) => world.registry.getVersion(id),
      loadArtifact: (version: Parameters<typeof world.registry.loadArtifact>[0]) =>
        world.registry.loadArtifact(version),
      onPromotion: () => () => undefined,
      getPromotionHistory: (name: string, page?: { readonly limit?: number }) =>
        world.registry.getPromotionHistory(name, page),
    };
    const predictor = await world.open({ source, swapWhen: () => false });
    await world.registry.rollback({ modelName, reason: 'worse' });
    const next = await world.promote(0.9);
    await predictor.refresh();
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: next } });
    // A promotion that no rollback came before waits.
    const last = await world.promote(0.95);
    await predictor.refresh();
    expect([predictor.servedVersionId, predictor.heldVersionId]).toEqual([next, last]);
  });

  it('keeps nothing of a version when it cannot be told whether it came by a rollback', async () => {
    const first = await world.promote(0.7);
    let down = true;
    const source = {
      getSlot: (name: string) => world.registry.getSlot(name),
      getVersion: (id: string) => world.registry.getVersion(id),
      loadArtifact: (version: Parameters<typeof world.registry.loadArtifact>[0]) =>
        world.registry.loadArtifact(version),
      onPromotion: () => () => undefined,
      getPromotionHistory: (name: string, page?: { readonly limit?: number }) =>
        down ? Promise.reject(new Error('gone')) : world.registry.getPromotionHistory(name, page),
    };
    const predictor = await world.open({ source, swapWhen: () => false });
    const second = await world.promote(0.8);
    await predictor.refresh();
    expect([predictor.servedVersionId, predictor.heldVersionId]).toEqual([first, undefined]);
    expect(disposals).toEqual(['0.8']);
    down = false;
    await predictor.refresh();
    expect([predictor.servedVersionId, predictor.heldVersionId]).toEqual([first, second]);
  });

  it('is off when the version that waits is rolled back', async () => {
    const first = await world.promote(0.7);
    const predictor = await world.open({ swapWhen: () => flat });
    await world.promote(0.8);
    await predictor.refresh();
    await world.registry.rollback({ modelName, reason: 'worse' });
    await predictor.refresh();
    expect(predictor.heldVersionId).toBeUndefined();
    expect(disposals).toEqual(['0.8']);
    flat = true;
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
  });

  it('does not keep a suspension waiting', async () => {
    await world.promote(0.7);
    const predictor = await world.open({ swapWhen: () => false });
    await world.promote(0.8);
    await world.storage.slots.update(modelName, { suspended: true });
    await predictor.refresh();
    expect(await predictor.predictNext(rising)).toMatchObject({ reason: 'suspended' });
  });

  it('is not waited for when nothing else could predict', async () => {
    const predictor = await world.open({ swapWhen: () => false, maxAgeMs: 1_000 });
    const first = await world.promote(0.7);
    await predictor.refresh();
    expect(predictor.servedVersionId).toBe(first);
    const second = await world.promote(0.8, {}, { trainedAt: 2_001 });
    await predictor.refresh();
    expect(predictor.servedVersionId).toBe(first);
    world.clock.advance(1_001);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: second } });
  });

  it('waits while the host’s question throws, and says what it threw', async () => {
    const first = await world.promote(0.7);
    const broken = new Error('no broker');
    const predictor = await world.open({
      swapWhen: () => {
        throw broken;
      },
    });
    const errors: unknown[] = [];
    predictor.on('swap-held', ({ error }) => void errors.push(error));
    await world.promote(0.8);
    await predictor.refresh();
    expect(errors).toEqual([broken]);
    expect(await predictor.predictNext(rising)).toMatchObject({ prediction: { modelVersionId: first } });
  });

  it('leaves nothing behind when the predictor is closed', async () => {
    await world.promote(0.7);
    const predictor = await world.open({ swapWhen: () => false });
    await world.promote(0.8);
    await predictor.refresh();
    await predictor.close();
    expect(disposals.sort()).toEqual(['0.7', '0.8']);
  });
});
