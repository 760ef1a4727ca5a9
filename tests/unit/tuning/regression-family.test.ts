import { createDataset, keyedRandom, ManualClock, type ModelFamily } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, HyperparameterTuner, int, PurgedWalkForward } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const space = defineSpace({ slope: int(-2, 2) });

const lineFamily: ModelFamily<{ readonly slope: number }> & { readonly searchSpace: typeof space } = {
  modelType: 'line',
  task: 'regression',
  searchSpace: space,
  defaults: { slope: 0 },
  async fit(train, { slope = 0 }) {
    return {
      modelType: 'line',
      classes: [],
      featureNames: train.featureNames,
      lookBack: 0,
      predict: ({ values }) => values.map((value) => slope * value),
      serialize: () => new Uint8Array(),
      dispose: () => undefined,
    };
  },
  load: () => Promise.reject(new Error('never stored')),
};

describe('cross-validation of a regression', () => {
  const random = keyedRandom('line');
  const x = Array.from({ length: 60 }, () => random.next());
  const at = x.map((_, row) => row);
  const data = createDataset({
    features: x.map((value) => [value]),
    featureNames: ['x'],
    targets: x.map((value) => 2 * value),
    timestamps: at,
    labelEndsAt: at.map((time) => time + 1),
  });

  it.each(['root_mean_squared_error', 'mean_absolute_error'])(
    'finds the parameters of the least %s',
    async (metric) => {
      const tuner = new HyperparameterTuner({
        family: lineFamily,
        splitter: new PurgedWalkForward({ nSplits: 3 }),
        storage: openMemoryStorage(),
        seed: 'line',
        clock: new ManualClock(0),
        config: { metric },
      });
      const { best } = await tuner.gridSearch(data);
      expect(best).toMatchObject({ params: { slope: 2 }, score: 0 });
    },
  );
});
