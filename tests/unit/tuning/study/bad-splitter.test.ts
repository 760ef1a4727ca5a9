import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, type Splitter } from '@mlperf/tuning';
import { expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

it.each([
  ['nothing', undefined],
  ['no list', { length: 1 }],
  ['a fold that is none', [undefined]],
  ['rows as plain numbers', [{ train: [0, 1], test: [2] }]],
])('a splitter that returns %s is told so, before anything is stored', async (_what, folds) => {
  const splitter: Splitter = Object.assign({ name: 'own', settings: {}, split: () => [] }, { split: () => folds });
  const storage = openMemoryStorage();
  const tuner = new HyperparameterTuner({ family: stumpFamily(), storage, seed: 's', splitter });
  await expect(tuner.randomSearch(aSeries(60), { nTrials: 1 })).rejects.toMatchObject({ code: 'INVALID_TYPE' });
  expect((await storage.studies.list({})).items).toEqual([]);
});
