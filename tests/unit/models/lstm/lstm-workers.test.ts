import { predictRows, sliceDataset } from '@mlperf/core';
import { compileLstmKernel, lstmFamily } from '@mlperf/models';
import { workerThreadExecutor } from '@mlperf/workers';
import { afterAll, describe, expect, it } from 'vitest';
import { fitContext, quick, signOfSum } from './toy-sequences.ts';

const executor = workerThreadExecutor({ familiesModule: new URL('./lstm-families.ts', import.meta.url), threads: 2 });
afterAll(() => executor.close());

const data = signOfSum(300, 'workers');
const request = {
  modelType: 'lstm',
  hyperparameters: { ...quick, epochs: 3 },
  seed: 'seed-1',
  train: sliceDataset(data, 0, 200),
  predictRows: [{ dataset: sliceDataset(data, 200), history: data }],
};

describe('an LSTM trained in a worker thread', () => {
  it('is the model trained here, bit for bit, in two threads at once', async () => {
    const [one, two] = await Promise.all([executor.fit(request), executor.fit(request)]);
    const here = await lstmFamily.fit(request.train, request.hyperparameters, fitContext());
    expect(one.model).toEqual(here.serialize());
    expect(two.model).toEqual(here.serialize());
    expect(one.lookBack).toBe(3);
    expect(one.rowPredictions![0]).toEqual(await predictRows(here, sliceDataset(data, 200), data));
  });

  it('runs the kernel the host compiled: threads that prepare with it compile none', async () => {
    const prepared = workerThreadExecutor({
      familiesModule: new URL('./prepared-families.ts', import.meta.url),
      familiesData: await compileLstmKernel(),
      threads: 1,
    });
    try {
      const results = [await prepared.fit(request), await prepared.fit(request)];
      const here = await lstmFamily.fit(request.train, request.hyperparameters, fitContext());
      for (const { model } of results) expect(model).toEqual(here.serialize());
    } finally {
      await prepared.close();
    }
    const unprepared = workerThreadExecutor({
      familiesModule: new URL('./prepared-families.ts', import.meta.url),
      threads: 1,
    });
    try {
      await expect(unprepared.fit(request)).rejects.toMatchObject({
        code: 'TRAINING_FAILED',
        message: expect.stringContaining('got 0'),
      });
    } finally {
      await unprepared.close();
    }
  });

  it('ends soon after it is aborted', async () => {
    const controller = new AbortController();
    let abortedAt = 0;
    const running = executor.fit(
      { ...request, hyperparameters: { ...quick, units: 64, epochs: 10_000, patience: 0 } },
      {
        signal: controller.signal,
        onProgress() {
          if (abortedAt > 0) return;
          abortedAt = performance.now();
          controller.abort(new Error('no longer wanted'));
        },
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    // 50 ms are promised of the family; a busy machine's scheduling comes on top.
    expect(performance.now() - abortedAt).toBeLessThan(2_000);
  });
});
