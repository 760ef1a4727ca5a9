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
import { boolean, defineSpace, HyperparameterTuner, int, KFold, PurgedKFold, PurgedWalkForward } from '@mlperf/tuning';
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

/** As `recallFamily`, and says how far back it looks. */
const tellingFamily = { ...recallFamily, lookBackOf: ({ lookBack = 0 }) => lookBack };

/** A and B from the start, C from time 230 on; in time order. */
function lateListed(): Dataset {
  const random = keyedRandom('late');
  const rows = Array.from({ length: 300 }, (_, at) => (at < 230 ? [0, 1] : [0, 1, 2]).map((group) => ({ at, group })));
  const all = rows.flat().map((row) => ({ ...row, sign: random.next() < 0.5 ? -1 : 1 }));
  const signOf = new Map(all.map(({ at, group, sign }) => [`${group} ${at}`, sign]));
  return createDataset({
    features: all.map(({ sign }) => [sign]),
    featureNames: ['sign'],
    targets: all.map(({ at, group }) => ((signOf.get(`${group} ${at - 3}`) ?? -1) > 0 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps: all.map(({ at }) => at),
    labelEndsAt: all.map(({ at }) => at + 1),
    groups: all.map(({ group }) => group),
    groupNames: ['A', 'B', 'C'],
  });
}

describe('a search over look-backs, with a symbol listed late', () => {
  it.each([
    // A, B and C begin in test rows of some fold: 6 rows of each have fewer than 6 before them.
    ['k-fold', new KFold({ nSplits: 4 }), 18],
    ['purged k-fold', new PurgedKFold({ nSplits: 4, embargoMs: 0 }), 18],
    // A and B begin in rows that are only trained on.
    ['walk-forward', new PurgedWalkForward({ nSplits: 4, embargoMs: 0 }), 6],
  ])(
    'scores every trial of a %s on the rows the longest one can answer, and counts the others',
    async (_name, splitter, unscoredRows) => {
      const options = { family: tellingFamily, splitter, storage: openMemoryStorage(), clock: new ManualClock(0) };
      const tuner = new HyperparameterTuner({ ...options, seed: 'late' });
      const data = lateListed();
      const result = await tuner.gridSearch(data);
      expect(result.experiments.map(({ state }) => state)).toEqual(new Array(7).fill('complete'));
      expect(result.best).toMatchObject({ params: { lookBack: 3 }, score: 1 });
      expect(result.unscoredRows).toBe(unscoredRows);
      const again = await tuner.crossValidate(data, { lookBack: 1 });
      expect(again.unscoredRows).toBe(unscoredRows);
      expect(again.cvScores).toEqual(result.experiments[1]!.cvScores);
    },
  );

  it('finds the longest look-back by any parameter, fixed or searched', async () => {
    const family = {
      ...tellingFamily,
      lookBackOf: ({ lookBack = 0, twice = false, more = 0 }: { lookBack?: number; twice?: boolean; more?: number }) =>
        lookBack * (twice ? 2 : 1) + more,
    };
    const tuner = new HyperparameterTuner({
      family,
      searchSpace: defineSpace({ twice: boolean(), lookBack: int(1, 3) }),
      baseParams: { more: 1 },
      splitter: new KFold({ nSplits: 4 }),
      storage: openMemoryStorage(),
      seed: 'late',
    });
    const { unscoredRows } = await tuner.crossValidate(lateListed(), { twice: false, lookBack: 1 });
    expect(unscoredRows).toBe(3 * 7);
  });

  it('is refused before anything is stored when a fold has no row left', async () => {
    const storage = openMemoryStorage();
    const tuner = new HyperparameterTuner({
      family: tellingFamily,
      searchSpace: defineSpace({ lookBack: int(1, 400) }),
      splitter: new KFold({ nSplits: 4 }),
      storage,
      seed: 'late',
    });
    await expect(tuner.gridSearch(lateListed())).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
      message: expect.stringContaining('fold 1 of 4 must have a test row with 400 rows before it'),
    });
    expect(tuner.experiments).toEqual([]);
  });
});

/** Labels known at once, and both of them before the test. */
function relabelled(data: Dataset): Dataset {
  return { ...data, labelEndsAt: data.timestamps, targets: data.targets.map((_, row) => row % 2) };
}
