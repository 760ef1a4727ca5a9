import {
  createDataset,
  type Dataset,
  keyedRandom,
  ManualClock,
  type Matrix,
  type ModelFamily,
  selectRows,
  type TrainedModel,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { defineSpace, HyperparameterTuner, int, PurgedWalkForward } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const space = defineSpace({ lookBack: int(0, 6) });

/** Answers the sign of the feature `lookBack` rows before: right for one look-back only. */
const recallFamily: ModelFamily<{ readonly lookBack: number }> & { readonly searchSpace: typeof space } = {
  modelType: 'recall',
  task: 'classification',
  searchSpace: space,
  defaults: { lookBack: 0 },
  async fit(train, { lookBack = 0 }) {
    const model: TrainedModel = {
      modelType: 'recall',
      classes: train.classes!,
      featureNames: train.featureNames,
      lookBack,
      predict({ values, rows, columns }: Matrix) {
        const out = new Float64Array((rows - lookBack) * 2);
        for (let row = 0; row < rows - lookBack; row++) out[2 * row + (values[row * columns]! > 0 ? 1 : 0)] = 1;
        return out;
      },
      serialize: () => new Uint8Array(),
      dispose: () => undefined,
    };
    return model;
  },
  load: () => Promise.reject(new Error('never stored')),
};

/** Two interleaved symbols whose label is the sign of their own feature three rows ago. */
function recalled(rows: number): Dataset {
  const random = keyedRandom('recalled');
  const signs = Array.from({ length: rows }, () => (random.next() < 0.5 ? -1 : 1));
  const at = signs.map((_, row) => Math.floor(row / 2));
  return createDataset({
    features: signs.map((sign) => [sign]),
    featureNames: ['sign'],
    targets: signs.map((_, row) => (row >= 6 && signs[row - 6]! > 0 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps: at,
    labelEndsAt: at.map((time) => time + 5),
    groups: signs.map((_, row) => row % 2),
    groupNames: ['A', 'B'],
  });
}

describe('cross-validation of models that look back', () => {
  it('answers every test row from the feature rows before it, purged ones too, so that trials share their rows', async () => {
    const data = recalled(120);
    const tuner = new HyperparameterTuner({
      family: recallFamily,
      splitter: new PurgedWalkForward({ nSplits: 3 }),
      storage: openMemoryStorage(),
      seed: 'recall',
      clock: new ManualClock(0),
    });
    const { best, experiments } = await tuner.gridSearch(data);
    expect(best).toMatchObject({ params: { lookBack: 3 }, score: 1 });
    const scores = experiments.map(({ meanCvScore }) => meanCvScore!);
    expect(scores.filter((score) => score < 0.8).length).toBe(6);
  });

  it('fails the trial whose test rows have too little before them', async () => {
    // Without the rows of B the first test block begins at its fourth row.
    const whole = recalled(40);
    const data = selectRows(whole, [0, 2, 4, 6, 8, 10, 12, 14]);
    const tuner = new HyperparameterTuner({
      family: recallFamily,
      splitter: new PurgedWalkForward({ nSplits: 1, testSize: 4, embargoMs: 0, minTrainRows: 1 }),
      storage: openMemoryStorage(),
      seed: 'recall',
      clock: new ManualClock(0),
    });
    const short = await tuner.crossValidate(relabelled(data), { lookBack: 4 });
    expect(short.cvScores.length).toBe(1);
    await expect(tuner.crossValidate(relabelled(data), { lookBack: 5 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
    });
  });
});

/** Labels known at once, and both of them before the test. */
function relabelled(data: Dataset): Dataset {
  return { ...data, labelEndsAt: data.timestamps, targets: data.targets.map((_, row) => row % 2) };
}
