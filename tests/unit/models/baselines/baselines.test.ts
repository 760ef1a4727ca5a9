import { readFileSync } from 'node:fs';
import {
  createDataset,
  type Dataset,
  type FitContext,
  keyedRandom,
  type ModelFamily,
  sliceDataset,
} from '@mlperf/core';
import { compareWithBaselines, lastSignFamily, logisticRegressionFamily, majorityClassFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';

const context: FitContext = {
  seed: 'any',
  signal: new AbortController().signal,
  report: async () => 'continue',
  onProgress() {},
};

/** Next direction is the sign of the last return four times out of five; `noise` says nothing. */
function persistent(rows: number, classes: readonly string[] = ['down', 'up']): Dataset {
  const random = keyedRandom('persistent');
  const features = Array.from({ length: rows }, () => [random.next() * 2 - 1, random.next()]);
  const at = features.map((_, row) => row);
  return createDataset({
    features,
    featureNames: ['last_return', 'noise'],
    targets: features.map(([last]) => classes.indexOf(last! > 0 === random.next() < 0.8 ? 'up' : 'down')),
    classes,
    timestamps: at,
    labelEndsAt: at,
  });
}

const data = persistent(1_000);
const train = sliceDataset(data, 0, 700);
const test = sliceDataset(data, 700);

describe('majority class', () => {
  it('gives every row the weighted shares of the training rows', async () => {
    const at = [0, 1, 2];
    const weighted = createDataset({
      features: [[1], [Number.NaN], [3]],
      missingValues: 'allowed',
      featureNames: ['x'],
      targets: [0, 1, 1],
      classes: ['down', 'up'],
      timestamps: at,
      labelEndsAt: at,
      weights: [6, 1, 1],
    });
    const model = await majorityClassFamily.fit(weighted, {}, context);
    expect(Array.from(await model.predict(weighted.features))).toEqual([0.75, 0.25, 0.75, 0.25, 0.75, 0.25]);
    const balanced = await majorityClassFamily.fit(weighted, { classWeights: 'balanced' }, context);
    expect(Array.from(await balanced.predict({ ...weighted.features, values: Float64Array.of(1), rows: 1 }))).toEqual([
      0.5, 0.5,
    ]);
  });
});

describe('last sign', () => {
  const rowsOf = (values: readonly number[]) => ({
    values: Float64Array.from(values.flatMap((value) => [value, 0])),
    rows: values.length,
    columns: 2,
  });

  it('says the sign of its feature, as sure as it was right in training', async () => {
    const model = await lastSignFamily.fit(train, { feature: 'last_return' }, context);
    const [down, up] = [await model.predict(rowsOf([-0.1])), await model.predict(rowsOf([0.1]))];
    let [said, right] = [0, 0];
    train.targets.forEach((target, row) => {
      if (train.features.values[2 * row]! <= 0) return;
      said++;
      if (target === 1) right++;
    });
    expect(up[1]).toBeCloseTo((right + 1) / (said + 2), 12);
    expect(up[0]).toBeCloseTo(1 - up[1]!, 12);
    expect(down[0]).toBeGreaterThan(0.7);
  });

  it('says flat at the centre and where nothing is known, or the more frequent direction', async () => {
    const three = persistent(300, ['down', 'flat', 'up']);
    const model = await lastSignFamily.fit(three, { feature: 'last_return' }, context);
    for (const value of [0, Number.NaN]) {
      const answer = await model.predict(rowsOf([value]));
      expect(answer[1]).toBeGreaterThan(Math.max(answer[0]!, answer[2]!));
    }
    const two = await lastSignFamily.fit(train, { feature: 'last_return', center: 'median' }, context);
    const ups = train.targets.filter((target) => target === 1).length;
    const answer = await two.predict(rowsOf([Number.NaN]));
    expect(answer[1]! > answer[0]!).toBe(ups >= 350);
  });

  it('goes on saying its sign when it was never right', async () => {
    const opposite = {
      ...train,
      targets: train.targets.map((_, row) => (train.features.values[2 * row]! > 0 ? 0 : 1)),
    };
    const model = await lastSignFamily.fit(opposite, { feature: 'last_return' }, context);
    const answer = await model.predict(rowsOf([1]));
    expect(answer[1]).toBeCloseTo(0.5 + 1e-6, 12);
  });

  it('refuses to guess which feature is meant', async () => {
    for (const parameters of [{}, { feature: 'price' }]) {
      await expect(lastSignFamily.fit(train, parameters, context)).rejects.toMatchObject({
        code: 'OUT_OF_RANGE',
        message: expect.stringContaining('last_return, noise'),
      });
    }
  });
});

const families: readonly (readonly [ModelFamily, object])[] = [
  [majorityClassFamily, {}],
  [lastSignFamily, { feature: 'last_return' }],
  [logisticRegressionFamily, {}],
];

describe.each(families.map(([family, parameters]) => ({ name: family.modelType, family, parameters })))(
  'the file of $name',
  ({ family, parameters }) => {
    const trained = () => family.fit(train, parameters, context);

    it('holds all of the model', async () => {
      const model = await trained();
      const loaded = await family.load(model.serialize());
      expect(await loaded.predict(test.features)).toEqual(await model.predict(test.features));
      expect(loaded.serialize()).toEqual(model.serialize());
      expect([loaded.classes, loaded.featureNames]).toEqual([model.classes, model.featureNames]);
    });

    it('is refused when cut short, changed, or of another family', async () => {
      const bytes = (await trained()).serialize();
      const changed = bytes.with(bytes.length - 3, 0x20);
      await expect(family.load(bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({
        code: 'ARTIFACT_CORRUPT',
      });
      await expect(family.load(changed)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
      for (const [other] of families.filter(([one]) => one !== family)) {
        await expect(other.load(bytes)).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
      }
    });

    it('refuses features of another width, and an out of another length', async () => {
      const model = await trained();
      const wide = { values: new Float64Array(3), rows: 1, columns: 3 };
      expect(() => model.predict(wide)).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
      expect(() => model.predict(test.features, new Float64Array(1))).toThrow(
        expect.objectContaining({ code: 'LENGTH_MISMATCH' }),
      );
    });

    it('is not trained once its signal has turned', async () => {
      const signal = AbortSignal.abort();
      await expect(family.fit(train, parameters, { ...context, signal })).rejects.toMatchObject({ code: 'ABORTED' });
    });
  },
);

describe('files of format version 1', () => {
  const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/models/${name}`, import.meta.url));
  const answers = JSON.parse(fixture('baselines-v1.json').toString()) as Readonly<Record<string, readonly number[]>>;

  it.each<readonly [string, ModelFamily]>([
    ['logistic', logisticRegressionFamily],
    ['majority-class', majorityClassFamily],
    ['last-sign', lastSignFamily],
  ])('still load, and predict what they did: %s', async (name, family) => {
    const model = await family.load(new Uint8Array(fixture(`${name}-v1.bin`)));
    const found = await model.predict({ values: Float64Array.of(0.3, 0.1, -0.2, 0.9), rows: 2, columns: 2 });
    const expected = answers[name]!;
    expect(found.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 12);
    });
  });
});

describe('a comparison with the baselines', () => {
  it('puts them beside a model on the same rows', async () => {
    const half = { classes: ['down', 'up'], lookBack: 0, predict: () => new Float64Array(600).fill(0.5) };
    const { rows, noSkill, baselines, models } = await compareWithBaselines(
      train,
      test,
      { half },
      { lastSign: { feature: 'last_return' } },
    );
    expect(rows).toBe(300);
    expect(baselines.map(({ name }) => name)).toEqual(['majority-class', 'last-sign', 'logistic-regression']);
    const downs = test.targets.filter((target) => target === 0).length / 300;
    expect(noSkill.accuracy).toBeCloseTo(Math.max(downs, 1 - downs), 12);
    expect(noSkill.logLoss).toBeCloseTo(-downs * Math.log(downs) - (1 - downs) * Math.log(1 - downs), 12);
    expect(models[0]).toEqual({ name: 'half', accuracy: downs, logLoss: expect.closeTo(Math.log(2), 12) as number });
    const signs = test.targets.filter((t, row) => (t === 1) === test.features.values[2 * row]! > 0).length / 300;
    expect(baselines[1]!.accuracy).toBe(signs);
    expect(baselines[1]!.accuracy).toBeGreaterThan(0.75);
    expect(baselines[2]!.accuracy).toBeGreaterThan(0.75);
    // No constant answer beats the one that has seen the test labels.
    expect(baselines[0]!.logLoss).toBeGreaterThanOrEqual(noSkill.logLoss);
  });

  it('imputes missing values for the logistic regression', async () => {
    const gaps = (rows: Dataset): Dataset => ({
      ...rows,
      missingValues: 'allowed',
      features: { ...rows.features, values: rows.features.values.map((v, i) => (i % 11 === 0 ? Number.NaN : v)) },
    });
    const { baselines } = await compareWithBaselines(gaps(train), gaps(test), {});
    expect(baselines.map(({ name }) => name)).toEqual(['majority-class', 'logistic-regression']);
    expect(baselines[1]!.accuracy).toBeGreaterThan(0.7);
    // Complete training rows say nothing of a gap in a test row: it is imputed all the same.
    expect((await compareWithBaselines(train, gaps(test), {})).baselines[1]!.accuracy).toBeGreaterThan(0.7);
  });

  it('refuses a model that answers no probabilities', async () => {
    for (const answer of [Number.NaN, -0.1, 1.1]) {
      const broken = { classes: ['down', 'up'], lookBack: 0, predict: () => new Float64Array(600).fill(0.5, 9) };
      const model = { ...broken, predict: () => broken.predict().fill(answer, 8, 9) };
      await expect(compareWithBaselines(train, test, { model })).rejects.toMatchObject({
        code: 'PREDICTION_FAILED',
        message: expect.stringContaining('test row 4'),
      });
    }
  });

  it('scores models that look back on the test rows with enough before them, and counts the others', async () => {
    const lagged = {
      classes: ['down', 'up'],
      lookBack: 3,
      predict: ({ rows }: { rows: number }) => new Float64Array(2 * (rows - 3)).fill(0.5),
    };
    const { models } = await compareWithBaselines(train, test, { lagged }, { history: data });
    expect(models[0]!.logLoss).toBeCloseTo(Math.log(2), 12);
    const { rows, unscoredRows } = await compareWithBaselines(train, test, { lagged });
    expect({ rows, unscoredRows }).toEqual({ rows: test.features.rows - 3, unscoredRows: 3 });
  });

  it('refuses a regression and rows of other features', async () => {
    const { classes: _left, ...regression } = test;
    await expect(compareWithBaselines(train, regression, {})).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    const renamed = { ...test, featureNames: ['a', 'b'] };
    await expect(compareWithBaselines(train, renamed, {})).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });
});
