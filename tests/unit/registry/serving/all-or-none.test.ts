import { PerformanceMonitor } from '@mlperf/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { modelName, openServingWorld, rising, type ServingWorld } from './serving-world.ts';

describe('a batch with one bad request', () => {
  let world: ServingWorld;

  beforeEach(async () => {
    world = await openServingWorld();
    await world.promote(0.7);
  });

  it.each([
    ['an empty symbol', { ...rising, id: 'b', symbol: '' }, 'INVALID_RECORD'],
    ['no time', { ...rising, id: 'b', predictedAt: Number.NaN }, 'INVALID_RECORD'],
    ['an outcome due before it was made', { ...rising, id: 'b', dueAt: 1 }, 'INVALID_RECORD'],
    ['a price below 0', { ...rising, id: 'b', referencePrice: -1 }, 'INVALID_RECORD'],
    ['an id longer than any', { ...rising, id: 'x'.repeat(10_000) }, 'INVALID_RECORD'],
    ['the id of another', { ...rising, id: 'a' }, 'INVALID_RECORD'],
    ['nothing in place of it', undefined as never, 'INVALID_TYPE'],
  ])('stores none of it: %s', async (_what, bad, code) => {
    const recorder = await PerformanceMonitor.open({ storage: world.storage, modelName, clock: world.clock });
    const predictor = await world.open({ recorder });
    const batch = [{ ...rising, id: 'a' }, bad, { ...rising, id: 'c' }];
    await expect(predictor.predictBatch(batch)).rejects.toMatchObject({ code });
    expect((await world.storage.predictions.list({ modelName })).items).toEqual([]);
    expect(await predictor.predictBatch([{ ...rising, id: 'a' }])).toMatchObject([{ status: 'predicted' }]);
    await recorder.close();
  });

  it('is refused for two rows that would be one prediction', async () => {
    const recorder = await PerformanceMonitor.open({ storage: world.storage, modelName, clock: world.clock });
    const predictor = await world.open({ recorder });
    await expect(predictor.predictBatch([rising, rising])).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining('is there twice'),
    });
    expect((await world.storage.predictions.list({ modelName })).items).toEqual([]);
    await recorder.close();
  });

  it.each([undefined, null, 5, 'text'])('is refused as no request: %s', async (request) => {
    const predictor = await world.open();
    await expect(predictor.predictNext(request as never)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    await expect(predictor.predictBatch(request as never)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
  });
});
