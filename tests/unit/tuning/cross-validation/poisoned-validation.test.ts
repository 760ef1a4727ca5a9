import { type Dataset, hashDataset } from '@mlperf/core';
import {
  featureSelection,
  fitPipeline,
  imputation,
  quantileScaling,
  robustScaling,
  rowWeights,
  standardScaling,
  winsorizing,
  withPreprocessing,
  withUndersampling,
} from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  anovaFScores,
  CombinatorialPurged,
  HyperparameterTuner,
  KFold,
  PurgedKFold,
  PurgedWalkForward,
  type Splitter,
  StratifiedKFold,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

const STEPS = [
  imputation(),
  winsorizing(),
  quantileScaling(),
  robustScaling(),
  standardScaling(),
  featureSelection({ k: 1, scores: anovaFScores }),
];
const data = aSeries(160);

/** What is wrong with the rows tested in one fold: absurd features and the other label. */
function poisoned(test: Uint32Array): Dataset {
  const values = data.features.values.slice();
  const targets = data.targets.slice();
  for (const row of test) {
    values.fill(1e9 + row, row * data.features.columns, (row + 1) * data.features.columns);
    targets[row] = 1 - targets[row]!;
  }
  return { ...data, features: { ...data.features, values }, targets };
}

/** What the model of each fold was fitted on, after its preprocessing. */
async function fittedOn(splitter: Splitter, given: Dataset): Promise<readonly Dataset[]> {
  const family = stumpFamily();
  const tuner = new HyperparameterTuner({
    family: withPreprocessing(withUndersampling(family), STEPS),
    searchSpace: family.searchSpace,
    splitter,
    storage: openMemoryStorage(),
    seed: 'poison',
  });
  await tuner.crossValidate(given, {});
  return family.fits;
}

const splitters: readonly Splitter[] = [
  new PurgedWalkForward({ nSplits: 4 }),
  new KFold({ nSplits: 4 }),
  new StratifiedKFold({ nSplits: 4 }),
  new PurgedKFold({ nSplits: 4 }),
  new CombinatorialPurged({ nFolds: 4 }),
];

describe('poisoned validation rows', () => {
  it.each(splitters)(
    'change nothing that a fold of $name is fitted on: preprocessing, selection and resampling see training rows only',
    async (splitter) => {
      const clean = await fittedOn(splitter, data);
      // Stratified folds depend on labels: the ones before the poison decide.
      const folds = splitter.split(data);
      const fixed: Splitter = { name: splitter.name, settings: splitter.settings, split: () => folds };
      for (const [k, { test }] of folds.entries()) {
        const poison = await fittedOn(fixed, poisoned(test));
        expect(hashDataset(poison[k]!)).toBe(hashDataset(clean[k]!));
        expect(rowWeights(poison[k]!, 'balanced')).toEqual(rowWeights(clean[k]!, 'balanced'));
      }
    },
  );

  it('would show a scaler fitted on all rows before they are split', () => {
    const { train, test } = new PurgedKFold({ nSplits: 4 }).split(data)[1]!;
    const scaledBefore = (given: Dataset) => fitPipeline([standardScaling()], given).transformDataset(given);
    const row = train[0]! * data.features.columns;
    expect(scaledBefore(poisoned(test)).features.values[row]).not.toBe(scaledBefore(data).features.values[row]);
  });
});
