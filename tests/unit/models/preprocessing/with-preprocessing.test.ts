import { readFileSync } from 'node:fs';
import {
  createDataset,
  type Dataset,
  type FitContext,
  keyedRandom,
  type ModelFamily,
  sliceDataset,
} from '@mlperf/core';
import {
  fitPipeline,
  imputation,
  logisticRegressionFamily,
  majorityClassFamily,
  minMaxScaling,
  oneHot,
  type PreprocessingStep,
  quantileScaling,
  type RandomForestModel,
  randomForestFamily,
  restorePipeline,
  robustScaling,
  standardScaling,
  winsorizing,
  withPreprocessing,
} from '@mlperf/models';
import { describe, expect, it } from 'vitest';

const context: FitContext = {
  seed: 'any',
  signal: new AbortController().signal,
  report: async () => 'continue',
  onProgress() {},
};

/** The sign of `wide` decides; `wide` and `venue` are missing now and then, `venue` is a category. */
function market(rows: number): Dataset {
  const random = keyedRandom('market');
  const features = Array.from({ length: rows }, () => [
    (random.next() - 0.5) * 1e4,
    Math.floor(random.next() * 3),
    random.next() * 1e-4,
  ]);
  const at = features.map((_, row) => row);
  const targets = features.map(([wide]) => (wide! > 0 === random.next() < 0.9 ? 1 : 0));
  const withGaps = features.map((row) => row.map((value, c) => (c < 2 && random.next() < 0.1 ? Number.NaN : value)));
  return createDataset({
    features: withGaps,
    missingValues: 'allowed',
    featureNames: ['wide', 'venue', 'narrow'],
    targets,
    classes: ['down', 'up'],
    timestamps: at,
    labelEndsAt: at,
  });
}

const data = market(1_000);
const train = sliceDataset(data, 0, 700);
const test = sliceDataset(data, 700);
const steps = [
  imputation(),
  oneHot({ columns: ['venue'], unknown: 'none' }),
  winsorizing({ columns: ['wide'] }),
  standardScaling({ columns: ['wide', 'narrow'] }),
];
const family = withPreprocessing(logisticRegressionFamily, steps);

describe('a pipeline', () => {
  it('learns each step from what the steps before it made of the training rows', () => {
    const pipeline = fitPipeline(steps, train);
    expect(pipeline.featureNames).toEqual([
      'wide',
      'venue=0',
      'venue=1',
      'venue=2',
      'narrow',
      'wide:missing',
      'venue:missing',
    ]);
    expect(Array.from(pipeline.sources)).toEqual([0, 1, 1, 1, 2, 0, 1]);
    const made = pipeline.transformDataset(train);
    expect(made.missingValues).toBeUndefined();
    const mean = (c: number) => {
      const column = made.features.values.filter((_, i) => i % 7 === c);
      return column.reduce((sum, value) => sum + value, 0) / column.length;
    };
    expect(mean(0)).toBeCloseTo(0, 12);
    expect(mean(4)).toBeCloseTo(0, 12);
    expect(mean(1) + mean(2) + mean(3)).toBeCloseTo(1, 12);
  });

  it('writes into an array given, and what it makes of a row does not depend on the rows beside it', () => {
    const pipeline = fitPipeline(steps, train);
    const all = pipeline.transform(test.features);
    const out = new Float64Array(7);
    for (const row of [0, 41, 99]) {
      const values = test.features.values.subarray(3 * row, 3 * row + 3);
      expect(pipeline.transform({ values, rows: 1, columns: 3 }, out)).toBe(out);
      expect(Array.from(out)).toEqual(Array.from(all.subarray(7 * row, 7 * row + 7)));
    }
  });

  it('leaves what is missing missing where no step fills it in', () => {
    const scaled = fitPipeline([standardScaling(), minMaxScaling({ clip: true }), quantileScaling()], train);
    const made = scaled.transformDataset(test);
    expect(made.missingValues).toBe('allowed');
    expect(Array.from(made.features.values, Number.isNaN)).toEqual(Array.from(test.features.values, Number.isNaN));
  });

  it('refuses what no step can be fitted on or applied to', () => {
    const empty = { ...train, features: { ...train.features, values: train.features.values.map(() => Number.NaN) } };
    for (const step of [standardScaling(), robustScaling(), quantileScaling(), winsorizing(), imputation()]) {
      expect(() => fitPipeline([step], empty)).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
    }
    const refusals: readonly (readonly [() => unknown, string])[] = [
      [() => fitPipeline([], train), 'OUT_OF_RANGE'],
      [() => fitPipeline([standardScaling({ columns: ['rsi'] })], train), 'NOT_FOUND'],
      [() => fitPipeline([standardScaling({ columns: ['wide', 'wide'] })], train), 'INVALID_RECORD'],
      [() => fitPipeline([oneHot({ columns: ['wide'], maxCategories: 5 })], train), 'OUT_OF_RANGE'],
      [() => robustScaling({ range: [0.5, 0.5] }), 'OUT_OF_RANGE'],
      [() => minMaxScaling({ range: [1, 0] }), 'OUT_OF_RANGE'],
      [() => quantileScaling({ quantiles: 1 }), 'OUT_OF_RANGE'],
      [() => imputation({ strategy: 'best' as 'mean' }), 'INVALID_TYPE'],
      [() => winsorizing({ range: [0, 1.1] }), 'OUT_OF_RANGE'],
    ];
    for (const [attempt, code] of refusals) expect(attempt).toThrow(expect.objectContaining({ code }));
    const venues = fitPipeline([oneHot({ columns: ['venue'] })], train);
    const other = { values: Float64Array.of(1, 7, 1), rows: 1, columns: 3 };
    expect(() => venues.transform(other)).toThrow(
      /feature 'venue' must be a category seen in training; got 7 in row 0/,
    );
    const infinite = { values: Float64Array.of(Number.POSITIVE_INFINITY, 1, 1), rows: 1, columns: 3 };
    expect(() => venues.transform(infinite)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});

describe('the options of a step', () => {
  it.each<readonly [string, () => unknown, string]>([
    ['no object', () => standardScaling(null as never), 'INVALID_TYPE'],
    ['a misspelt key', () => winsorizing({ colums: ['wide'] } as never), 'INVALID_RECORD'],
    ['a key of another step', () => robustScaling({ clip: true } as never), 'INVALID_RECORD'],
    ['one name as columns', () => standardScaling({ columns: 'wide' as never }), 'INVALID_TYPE'],
    ['columns by number', () => imputation({ columns: [0] as never }), 'INVALID_TYPE'],
    ['a number as range', () => minMaxScaling({ range: 5 as never }), 'INVALID_TYPE'],
    ['a range of texts', () => winsorizing({ range: ['0', '1'] as never }), 'INVALID_TYPE'],
    ['a text as clip', () => minMaxScaling({ clip: 'yes' as never }), 'INVALID_TYPE'],
    ['a text as indicator', () => imputation({ indicator: 'no' as never }), 'INVALID_TYPE'],
    ['no options where columns are needed', () => oneHot(undefined as never), 'INVALID_TYPE'],
    ['an unknown one of quantiles', () => quantileScaling({ n: 5 } as never), 'INVALID_RECORD'],
    ['no steps', () => fitPipeline(null as never, train), 'INVALID_TYPE'],
    ['something else than steps', () => fitPipeline([standardScaling] as never, train), 'INVALID_TYPE'],
    ['a family without steps', () => withPreprocessing(majorityClassFamily, null as never), 'OUT_OF_RANGE'],
  ])('are refused: %s', (_what, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});

describe('huge values', () => {
  const holding = (largest: number): Dataset => {
    const values = train.features.values.map((value, i) => (i === 3 ? largest : i === 6 ? -largest : value));
    return { ...train, features: { ...train.features, values } };
  };
  const all = { columns: ['wide'] };
  const scalers = [
    standardScaling(all),
    robustScaling({ ...all, range: [0, 1] }),
    minMaxScaling(all),
    minMaxScaling({ ...all, range: [-1e100, 1e100] }),
    quantileScaling(all),
    quantileScaling({ ...all, distribution: 'normal' }),
    winsorizing({ ...all, range: [0, 1] }),
    imputation({ ...all, strategy: 'mean' }),
  ];

  it('up to 1e100 are scaled, stored and read again', () => {
    for (const step of scalers) {
      const pipeline = fitPipeline([step], holding(1e100));
      const made = pipeline.transform(holding(1e100).features);
      const missing = made.filter(Number.isNaN).length;
      expect(missing).toBeLessThanOrEqual(train.features.values.filter(Number.isNaN).length);
      expect(made.every((value) => Number.isNaN(value) || Number.isFinite(value))).toBe(true);
      const stored: unknown = JSON.parse(JSON.stringify(pipeline.toJSON()));
      expect(restorePipeline(stored).transform(holding(1e100).features)).toEqual(made);
    }
  });

  it('beyond are refused, in training rows and in rows to predict', () => {
    for (const step of scalers) {
      for (const largest of [1.01e100, 1e200, 1.7e308]) {
        expect(() => fitPipeline([step], holding(largest))).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
        const pipeline = fitPipeline([step], train);
        expect(() => pipeline.transform(holding(largest).features)).toThrow(
          /features must be within ±1e\+100; got .* in row 1, column 0/,
        );
      }
    }
    expect(() => minMaxScaling({ range: [-1e308, 1e308] })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => imputation({ value: 1e101 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    const lost = minMaxScaling({ ...all, range: [0, Number.MIN_VALUE] });
    expect(() => fitPipeline([lost], train)).toThrow(/range must not vanish/);
  });
});

describe('a stored pipeline', () => {
  const stored = () => JSON.parse(JSON.stringify(fitPipeline(steps, train).toJSON())) as Record<string, unknown>[];

  it('does the same', () => {
    const restored = restorePipeline(stored());
    expect(restored.transform(test.features)).toEqual(fitPipeline(steps, train).transform(test.features));
    expect(JSON.stringify(restored.toJSON())).toBe(JSON.stringify(stored()));
  });

  it.each<readonly [string, (steps: Record<string, unknown>[]) => unknown]>([
    ['no list', () => ({})],
    ['no step', () => []],
    ['too many steps', (all) => Array.from({ length: 33 }, () => all[3])],
    ['an unknown kind', (all) => all.with(0, { ...all[0]!, kind: 'toString' })],
    ['a future version', (all) => all.with(0, { ...all[0]!, formatVersion: 2 })],
    ['a key too many', (all) => all.with(0, { ...all[0]!, more: 1 })],
    [
      'a forbidden key',
      (all) => all.with(0, JSON.parse(`{"__proto__": 1, ${JSON.stringify(all[0]).slice(1)}`) as never),
    ],
    ['a missing key', (all) => all.with(3, { kind: 'standard', formatVersion: 1 })],
    ['a number too few', (all) => all.with(3, { ...all[3]!, scale: [1] })],
    ['a scale of 0', (all) => all.with(3, { ...all[3]!, scale: [1, 0] })],
    ['a text for a number', (all) => all.with(2, { ...all[2]!, lower: ['0'] })],
    ['a column that is not there', (all) => all.with(2, { ...all[2]!, columns: [9] })],
    ['columns out of order', (all) => all.with(3, { ...all[3]!, columns: [4, 0] })],
    ['features twice', (all) => all.with(0, { ...all[0]!, featureNames: ['wide', 'wide', 'narrow'] })],
    ['a lower end above its upper end', (all) => all.with(2, { ...all[2]!, lower: [1e9] })],
    ['the same category twice', (all) => all.with(1, { ...all[1]!, categories: [[1, 1]] })],
    ['a step left out', (all) => all.toSpliced(1, 1)],
    ['categories out of order', (all) => all.with(1, { ...all[1]!, categories: [[2, 1]] })],
  ])('with %s is refused', (_what, change) => {
    expect(() => restorePipeline(change(stored()))).toThrow(expect.objectContaining({ code: 'MODEL_FORMAT' }));
  });
});

describe('stored bounds of a range', () => {
  it('are refused unless the low one is below the high one', () => {
    const [step] = fitPipeline([minMaxScaling({ clip: true })], train).toJSON();
    expect(() => restorePipeline([step])).not.toThrow();
    expect(() => restorePipeline([{ ...step, bounds: [5, 1] }])).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT' }),
    );
  });
});

describe('a family with preprocessing', () => {
  it('carries its steps in the model, and predicts raw rows, missing values too', async () => {
    const model = await family.fit(train, {}, context);
    expect(model).toMatchObject({
      modelType: 'logistic-regression+preprocessing',
      featureNames: ['wide', 'venue', 'narrow'],
      missingValues: 'handled',
    });
    const probabilities = await model.predict(test.features);
    const right = test.targets.filter((target, row) => (probabilities[2 * row + 1]! > 0.5 ? 1 : 0) === target).length;
    expect(right / 300).toBeGreaterThan(0.8);
    const loaded = await family.load(model.serialize());
    expect(await loaded.predict(test.features)).toEqual(probabilities);
    expect(loaded.serialize()).toEqual(model.serialize());
    const importance = loaded.featureImportance!();
    expect(importance.length).toBe(3);
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(importance[0]).toBeGreaterThan(0.5);
  });

  it('fits its steps on the training rows alone: other rows change no bit of the model', async () => {
    const poisoned = { ...test, features: { ...test.features, values: test.features.values.map((v) => v * 1e6) } };
    const model = await family.fit(train, {}, { ...context, validation: test, validationHistory: train });
    const other = await family.fit(train, {}, { ...context, validation: poisoned, validationHistory: poisoned });
    expect(other.serialize()).toEqual(model.serialize());
  });

  it('gives the inner family validation rows and history as its steps make them', async () => {
    const seen: (Dataset | undefined)[] = [];
    const spy: ModelFamily = {
      ...majorityClassFamily,
      requirements: { ...majorityClassFamily.requirements!, series: true },
      fit(rows, params, inner) {
        seen.push(rows, inner.validation, inner.validationHistory);
        return majorityClassFamily.fit(rows, params, inner);
      },
    };
    await withPreprocessing(spy, steps).fit(train, {}, { ...context, validation: test, validationHistory: train });
    const pipeline = fitPipeline(steps, train);
    for (const [i, rows] of [train, test, train].entries()) {
      expect(seen[i]!.features).toEqual(pipeline.transformDataset(rows).features);
      expect(seen[i]!.positions).toEqual(rows.positions);
    }
  });

  it('asks nothing of a history that nobody looks back on, and nothing of rows after the last validation row', async () => {
    const seen: FitContext[] = [];
    const spy = (series: boolean): ModelFamily => ({
      ...majorityClassFamily,
      requirements: { ...majorityClassFamily.requirements!, series },
      fit(rows, params, inner) {
        seen.push(inner);
        return majorityClassFamily.fit(rows, params, inner);
      },
    });
    const strict = [imputation({ indicator: false }), oneHot({ columns: ['venue'] })];
    const values = data.features.values.slice();
    values[3 * 900 + 1] = 77;
    const newVenue = { ...data, features: { ...data.features, values } };
    const validation = sliceDataset(newVenue, 700, 800);
    const inside = { ...context, validation, validationHistory: newVenue };
    for (const series of [false, true]) await withPreprocessing(spy(series), strict).fit(train, {}, inside);
    expect(seen.map(({ validationHistory }) => validationHistory?.features.rows)).toEqual([undefined, 800]);
    const late = { ...inside, validation: sliceDataset(newVenue, 700, 950) };
    await expect(withPreprocessing(spy(true), strict).fit(train, {}, late)).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
    });
  });

  it('asks of the data what its steps leave to ask', () => {
    const needs = (all: readonly PreprocessingStep[]) => withPreprocessing(logisticRegressionFamily, all).requirements;
    const inner = { series: false, weights: true };
    expect(needs([imputation(), standardScaling()])).toEqual({
      ...inner,
      missingValues: 'handled',
      scaling: 'built-in',
    });
    expect(needs([imputation({ columns: ['wide'] }), robustScaling({ columns: ['wide'] })])).toEqual({
      ...inner,
      missingValues: 'refused',
      scaling: 'standard',
    });
    expect(needs([winsorizing()])).toEqual(logisticRegressionFamily.requirements);
    expect(withPreprocessing(majorityClassFamily, [minMaxScaling()]).requirements?.scaling).toBe('none');
  });

  it("hands on a forest's out-of-bag answers", async () => {
    const forest = withPreprocessing(randomForestFamily, [imputation()]);
    const model: RandomForestModel = await forest.fit(train, { nEstimators: 30, outOfBag: true }, context);
    expect(model.outOfBag?.score).toBeGreaterThan(0.75);
    expect('outOfBag' in (await forest.fit(train, { nEstimators: 3 }, context))).toBe(false);
  });

  it('does not write rows again that a model still reads', async () => {
    const waiting: (() => void)[] = [];
    const slow: ModelFamily = {
      ...majorityClassFamily,
      fit: async (rows, params, inner) => ({
        ...(await majorityClassFamily.fit(rows, params, inner)),
        predict: ({ values }) => new Promise((resolve) => waiting.push(() => resolve(Float64Array.of(values[0]!, 0)))),
      }),
    };
    const model = await withPreprocessing(slow, [minMaxScaling({ columns: ['wide'] })]).fit(train, {}, context);
    const row = (wide: number) => ({ values: Float64Array.of(wide, 0, 0), rows: 1, columns: 3 });
    const answers = [model.predict(row(-4_000)), model.predict(row(4_000))];
    for (const answer of waiting) answer();
    const [first, second] = await Promise.all(answers);
    expect(first![0]).not.toBe(second![0]);
  });

  it('refuses what its inner model has no rule for, when no step fills it in', async () => {
    const complete = { ...train, features: { ...train.features, values: train.features.values.map((v) => v || 0) } };
    const scaled = withPreprocessing(logisticRegressionFamily, [standardScaling()]);
    await expect(scaled.fit(train, {}, context)).rejects.toMatchObject({ code: 'NOT_FINITE' });
    const model = await scaled.fit(complete, {}, context);
    expect(model.missingValues).toBeUndefined();
    expect(() => model.predict(test.features)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    const narrow = { values: new Float64Array(2), rows: 1, columns: 2 };
    expect(() => model.predict(narrow)).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
  });

  it('is refused without steps or a model type of its own, and does not train once aborted', async () => {
    expect(() => withPreprocessing(majorityClassFamily, [])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    const sameType = { modelType: 'majority-class' };
    expect(() => withPreprocessing(majorityClassFamily, steps, sameType)).toThrow(/a model type of its own/);
    const aborted = { ...context, signal: AbortSignal.abort() };
    await expect(family.fit(train, {}, aborted)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('loads only files of its kind, whole and unchanged', async () => {
    const bytes = (await family.fit(train, {}, context)).serialize();
    await expect(family.load(bytes.subarray(0, -1))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await expect(family.load(bytes.with(90, bytes[90]! ^ 1))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await expect(family.load(bytes.with(8, 2))).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
    await expect(logisticRegressionFamily.load(bytes)).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
    await expect(withPreprocessing(majorityClassFamily, steps).load(bytes)).rejects.toMatchObject({
      code: 'MODEL_FORMAT',
      message: expect.stringContaining("must hold a 'majority-class'; got 'logistic-regression'"),
    });
  });
});

describe('files of format version 1', () => {
  const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/models/${name}`, import.meta.url));

  it('still load, and predict what they did', async () => {
    const expected = JSON.parse(fixture('preprocessing-v1.json').toString()) as number[];
    const model = await family.load(new Uint8Array(fixture('preprocessing-v1.bin')));
    const found = await model.predict({
      values: Float64Array.of(250, 1, 5e-5, Number.NaN, 2, 1e-5),
      rows: 2,
      columns: 3,
    });
    expect(found.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 12);
    });
  });
});
