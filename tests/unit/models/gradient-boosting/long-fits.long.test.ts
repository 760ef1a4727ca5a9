import { type Dataset, type FitRequest, keyedRandom, shareDataset } from '@mlperf/core';
import { gradientBoostingFamily } from '@mlperf/models';
import { workerThreadExecutor } from '@mlperf/workers';
import { afterAll, describe, expect, it } from 'vitest';
import { fitContext, sameSigns } from './boosting-data.ts';

/** Uniform noise and a noisy sum, quickly made. */
function large(rows: number, columns: number): Dataset {
  const random = keyedRandom('large', rows, columns);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < values.length; i++) values[i] = random.next();
  const timestamps = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    features: { values, rows, columns },
    featureNames: Array.from({ length: columns }, (_, column) => `f${column}`),
    targets: timestamps.map((row) =>
      values[row * columns]! + values[row * columns + 1]! + random.next() > 1.5 ? 1 : 0,
    ),
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps,
  };
}

describe('a long fit', () => {
  it.each([
    ['many rows', 400_000, 12, {}],
    ['many rows, half of them and of the columns drawn', 400_000, 12, { subsample: 0.5, colsampleBytree: 0.5 }],
    ['many columns', 3_000, 1_500, {}],
  ])('never works 50 ms without looking at the signal: %s', async (_, rows, columns, parameters) => {
    const train = large(rows, columns);
    // A first fit compiles the code.
    await gradientBoostingFamily.fit(train, { nEstimators: 2, ...parameters }, fitContext());
    const { signal } = new AbortController();
    let last: number | undefined;
    let longest = 0;
    // Its own time on the processor: other programs on the machine do not count.
    const now = () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    };
    Object.defineProperty(signal, 'aborted', {
      get() {
        const at = now();
        if (last !== undefined) longest = Math.max(longest, at - last);
        last = at;
        return false;
      },
    });
    await gradientBoostingFamily.fit(train, { nEstimators: 3, ...parameters }, fitContext({ signal }));
    expect(last).toBeDefined();
    expect(longest).toBeLessThan(50);
  });
});

describe('one row', () => {
  it('is predicted without allocating', async () => {
    const data = sameSigns(300, 'allocate');
    const model = await gradientBoostingFamily.fit(data, { nEstimators: 3 }, fitContext());
    const row = { values: data.features.values.slice(0, 4), rows: 1, columns: 4 };
    const out = new Float64Array(2);
    const ask = (calls: number) => {
      for (let i = 0; i < calls; i++) model.predict(row, out);
    };
    // Compiled by then.
    ask(200_000);
    const growth: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = process.memoryUsage().heapUsed;
      ask(100_000);
      growth.push(process.memoryUsage().heapUsed - before);
    }
    // The smallest object per call would be 1.2 MB; a collection in between would show as a fall.
    expect(Math.max(...growth)).toBeLessThan(400_000);
    expect(Math.min(...growth)).toBeGreaterThan(-400_000);
  });
});

describe('in a worker thread', () => {
  const executor = workerThreadExecutor({
    familiesModule: new URL('./boosting-families.ts', import.meta.url),
    threads: 1,
  });
  afterAll(() => executor.close());
  const request: FitRequest = {
    modelType: 'gradient-boosting',
    hyperparameters: { nEstimators: 15, subsample: 0.7, monotoneConstraints: { f0: 1 }, classWeights: 'balanced' },
    seed: 'worker',
    train: shareDataset(sameSigns(500, 'worker')),
    predict: [sameSigns(50, 'worker-fresh').features],
  };

  it('every bit is as in the thread of the host', async () => {
    const there = await executor.fit(request);
    const here = await gradientBoostingFamily.fit(
      request.train,
      { nEstimators: 15, subsample: 0.7, monotoneConstraints: { f0: 1 }, classWeights: 'balanced' },
      fitContext({ seed: 'worker' }),
    );
    expect(there.model).toEqual(here.serialize());
    expect(there.predictions[0]).toEqual(await here.predict(request.predict![0]!));
  });

  it('an abort ends the training', async () => {
    const controller = new AbortController();
    const work = executor.fit(
      { ...request, hyperparameters: { nEstimators: 10_000, numLeaves: 100, minChildSamples: 1 } },
      { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) },
    );
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    // The worker is free again.
    expect((await executor.fit(request)).classes).toEqual(['down', 'up']);
  });
});
