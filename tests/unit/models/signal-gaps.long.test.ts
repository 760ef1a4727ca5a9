import { type Dataset, type FitContext, keyedRandom, type ModelFamily } from '@mlperf/core';
import { gradientBoostingFamily, lstmFamily } from '@mlperf/models';
import { expect, it } from 'vitest';

/** CPU time between two looks at the signal, over a whole fit: what a busy machine adds does not count. */
const BUDGET_MS = 50;

it.each<[string, ModelFamily<object>, object, Dataset, Dataset | undefined]>([
  [
    'boosting with a purged tail of 200,000 × 20 rows',
    gradientBoostingFamily,
    { nEstimators: 2, earlyStoppingRounds: 2, numLeaves: 7 },
    drawn(200_000, 20),
    undefined,
  ],
  [
    'boosting with 500,000 validation rows',
    gradientBoostingFamily,
    { nEstimators: 2, numLeaves: 31 },
    drawn(20_000, 5),
    drawn(500_000, 5),
  ],
  [
    'an LSTM of 3 × 512 units',
    lstmFamily,
    { layers: 3, units: 512, lookBack: 3, epochs: 1, patience: 1, validationShare: 0.1 },
    drawn(60, 10),
    undefined,
  ],
  [
    'an LSTM of 500 units and 501 steps',
    lstmFamily,
    { units: 500, lookBack: 500, epochs: 1, batchSize: 4, patience: 1, validationShare: 0.01 },
    drawn(510, 3),
    undefined,
  ],
])('%s looks at its signal often enough', async (_, family, parameters, train, validation) => {
  const gaps = await gapsOf(family, parameters, train, validation);
  expect(gaps.length).toBeGreaterThan(10);
  expect(Math.max(...gaps)).toBeLessThan(BUDGET_MS);
});

async function gapsOf(
  family: ModelFamily<object>,
  parameters: object,
  train: Dataset,
  validation: Dataset | undefined,
): Promise<number[]> {
  const gaps: number[] = [];
  const { signal } = new AbortController();
  let last = cpuMs();
  Object.defineProperty(signal, 'aborted', {
    get() {
      const now = cpuMs();
      gaps.push(now - last);
      last = now;
      return false;
    },
  });
  const context: FitContext = {
    seed: 'gaps',
    signal,
    report: async () => 'continue',
    onProgress() {},
    ...(validation === undefined ? {} : { validation }),
  };
  const model = await family.fit(train, parameters, context);
  gaps.push(cpuMs() - last);
  model.dispose();
  return gaps;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function drawn(rows: number, columns: number): Dataset {
  const random = keyedRandom('gaps', rows, columns);
  return {
    features: { values: Float64Array.from({ length: rows * columns }, () => random.next()), rows, columns },
    featureNames: Array.from({ length: columns }, (_, i) => `f${i}`),
    targets: Float64Array.from({ length: rows }, () => (random.next() < 0.5 ? 0 : 1)),
    classes: ['down', 'up'],
    timestamps: Float64Array.from({ length: rows }, (_, row) => row * 1000),
    labelEndsAt: Float64Array.from({ length: rows }, (_, row) => row * 1000 + 500),
  };
}
