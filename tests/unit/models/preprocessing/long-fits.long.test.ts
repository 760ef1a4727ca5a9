import { type Dataset, type FitContext, keyedRandom, type TrainedModel } from '@mlperf/core';
import {
  fitPipeline,
  imputation,
  logisticRegressionFamily,
  majorityClassFamily,
  minMaxScaling,
  oneHot,
  quantileScaling,
  robustScaling,
  standardScaling,
  winsorizing,
  withPreprocessing,
} from '@mlperf/models';
import { describe, expect, it } from 'vitest';

const COLUMNS = 6;
const STEPS = [
  imputation(),
  oneHot({ columns: ['f5'], unknown: 'none' }),
  winsorizing({ columns: ['f0'] }),
  robustScaling({ columns: ['f1'] }),
  quantileScaling({ columns: ['f2'], distribution: 'normal' }),
  minMaxScaling({ columns: ['f3'] }),
  standardScaling(),
];

/** Two classes by a noisy sum; the last column is a category, some values are missing. */
function large(rows: number): Dataset {
  const random = keyedRandom('large', rows);
  const values = Float64Array.from({ length: rows * COLUMNS }, (_, i) =>
    i % COLUMNS === COLUMNS - 1 ? Math.floor(random.next() * 4) : random.next(),
  );
  const targets = Float64Array.from({ length: rows }, (_, row) => (values[row * COLUMNS]! + random.next() > 1 ? 1 : 0));
  for (let i = 0; i < values.length; i += 7 * COLUMNS) values[i] = Number.NaN;
  const timestamps = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    features: { values, rows, columns: COLUMNS },
    missingValues: 'allowed',
    featureNames: Array.from({ length: COLUMNS }, (_, column) => `f${column}`),
    targets,
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps,
  };
}

function contextOf(signal = new AbortController().signal): FitContext {
  return { seed: 'any', signal, report: async () => 'continue', onProgress() {} };
}

describe('a long fit', () => {
  it('never works 50 ms without looking at the signal', async () => {
    const family = withPreprocessing(logisticRegressionFamily, STEPS);
    // A first fit compiles the code.
    await family.fit(large(40_000), {}, contextOf());
    const train = large(400_000);
    const { signal } = new AbortController();
    let last: number | undefined;
    let longest = 0;
    // Its own time on the processor: other programs on the machine do not count.
    const now = () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1_000;
    };
    Object.defineProperty(signal, 'aborted', {
      get() {
        const at = now();
        if (last !== undefined) longest = Math.max(longest, at - last);
        last = at;
        return false;
      },
    });
    await family.fit(train, {}, contextOf(signal));
    expect(last).toBeDefined();
    expect(longest).toBeLessThan(50);
  });

  it('sorts by blocks as a whole sort does', () => {
    const train = large(150_001);
    const column = train.features.values.filter((_, i) => i % COLUMNS === 2).sort();
    const [step] = fitPipeline([quantileScaling({ columns: ['f2'], quantiles: 4 })], train).toJSON() as never as [
      { quantiles: number[][] },
    ];
    // 150,000 is divisible by 3: every quantile is an order statistic.
    expect(step.quantiles[0]).toEqual([0, 50_000, 100_000, 150_000].map((i) => column[i]));
  });
});

describe('one row', () => {
  const train = large(2_000);
  const row = { values: train.features.values.slice(COLUMNS, 2 * COLUMNS), rows: 1, columns: COLUMNS };

  it.each<readonly [string, () => Promise<TrainedModel>]>([
    ['logistic regression', () => withPreprocessing(logisticRegressionFamily, STEPS).fit(train, {}, contextOf())],
    ['the majority class', () => majorityClassFamily.fit(train, {}, contextOf())],
  ])('is prepared and predicted without allocating: %s', async (_, build) => {
    const model = await build();
    const out = new Float64Array(2);
    const ask = (calls: number) => {
      for (let i = 0; i < calls; i++) model.predict(row, out);
    };
    // Compiled by then.
    ask(300_000);
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
