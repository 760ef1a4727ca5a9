import { type Dataset, keyedRandom, type TrainedModel } from '@mlperf/core';
import { gradientBoostingFamily, gradientBoostingRegressionFamily } from '@mlperf/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyOf, fitContext, sameSigns, table } from './boosting-data.ts';

const train = sameSigns(600, 'train');
const fresh = sameSigns(1000, 'fresh', 0);
const drawing = { nEstimators: 20, subsample: 0.5, colsampleBytree: 0.5, colsampleBynode: 0.7, minChildSamples: 5 };

/** Three bands of f0 + f1, and the sum itself. */
function bands(rows: number, seed: string): { readonly classes: Dataset; readonly values: Dataset } {
  const random = keyedRandom(seed, 'bands');
  const features = Array.from({ length: rows }, () => Array.from({ length: 5 }, () => random.next()));
  const sums = features.map(([a, b]) => a! + b!);
  return {
    classes: table(
      features,
      sums.map((sum) => (sum < 0.8 ? 0 : sum < 1.2 ? 2 : 1)),
      { classes: ['down', 'up', 'flat'] },
    ),
    values: table(features, sums),
  };
}

async function bytesOf(dataset: Dataset, parameters: object, seed = 'seed-1'): Promise<Uint8Array> {
  return (await gradientBoostingFamily.fit(dataset, parameters, fitContext({ seed }))).serialize();
}

describe('gradient boosting learns', () => {
  it('two classes that no single feature tells', async () => {
    const model = await gradientBoostingFamily.fit(train, { minChildSamples: 10 }, fitContext());
    expect(accuracyOf(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.93);
    const importance = model.featureImportance!();
    expect(importance[0]! + importance[1]!).toBeGreaterThan(0.7);
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('three classes', async () => {
    const test = bands(1000, 'bands-test').classes;
    const model = await gradientBoostingFamily.fit(bands(1500, 'bands').classes, { nEstimators: 40 }, fitContext());
    const answers = await model.predict(test.features);
    expect(accuracyOf(test, answers)).toBeGreaterThan(0.93);
    for (let at = 0; at < answers.length; at += 3) {
      expect(answers[at]! + answers[at + 1]! + answers[at + 2]!).toBeCloseTo(1, 12);
    }
    expect(model.treeStructure!().trees).toHaveLength(3 * 40);
  });

  it('values', async () => {
    const test = bands(500, 'bands-test').values;
    const model = await gradientBoostingRegressionFamily.fit(bands(1500, 'bands').values, {}, fitContext());
    const answers = await model.predict(test.features);
    const errors = answers.map((value, i) => (value - test.targets[i]!) ** 2);
    // The sums have a standard deviation of √(2/12) = 0.41.
    expect(Math.sqrt(errors.reduce((a, b) => a + b, 0) / errors.length)).toBeLessThan(0.05);
    expect(model).toMatchObject({ modelType: 'gradient-boosting-regression', classes: [] });
  });

  it('with half of the rows and columns drawn', async () => {
    const model = await gradientBoostingFamily.fit(train, { ...drawing, nEstimators: 150 }, fitContext());
    expect(accuracyOf(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.87);
  });

  it('where a third of the values is missing', async () => {
    const random = keyedRandom('missing');
    const holes = (data: Dataset): Dataset => ({
      ...data,
      missingValues: 'allowed',
      features: {
        ...data.features,
        values: data.features.values.map((value) => (random.next() < 1 / 3 ? Number.NaN : value)),
      },
    });
    const model = await gradientBoostingFamily.fit(holes(train), { minChildSamples: 10 }, fitContext());
    // Both signs are known for 4/9 of the rows.
    expect(accuracyOf(holes(fresh), await model.predict(holes(fresh).features))).toBeGreaterThan(0.6);
    expect(accuracyOf(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.85);
  });
});

describe('gradient boosting stays finite', () => {
  const certain = { nEstimators: 300, learningRate: 1, minChildSamples: 1, minChildWeight: 0, numLeaves: 8 } as const;

  it.each([
    ['two classes told apart', 2, 0],
    ['three classes told apart', 3, 0],
    ['two classes, one row wrongly labelled', 2, 1],
  ])('long after everything is certain: %s', async (_, classes, wrong) => {
    const features = Array.from({ length: 60 }, (__, i) => [i, (i * 17) % 13]);
    const targets = features.map(([i]) => (i === 3 && wrong === 1 ? 1 : Math.floor((i! * classes) / 60)));
    const data = table(features, targets, { classes: ['down', 'up', 'flat'].slice(0, classes) });
    const model = await gradientBoostingFamily.fit(data, certain, fitContext());
    const answers = await model.predict(data.features);
    expect(answers.every((p) => p >= 0 && p <= 1)).toBe(true);
    expect(accuracyOf(data, answers)).toBe(1);
    // What trains must load: every number in the file is finite.
    const loaded = await gradientBoostingFamily.load(model.serialize());
    expect(await loaded.predict(data.features)).toEqual(answers);
  });

  it('with targets and weights as large as are allowed', async () => {
    const data = table([[1], [2], [3], [4]], [-1e50, 1e50, 1e50, -1e50], { weights: [2e49, 2e49, 2e49, 2e49] });
    const model = await gradientBoostingRegressionFamily.fit(data, { ...certain, nEstimators: 5 }, fitContext());
    const answers = await model.predict(data.features);
    answers.forEach((value, i) => {
      expect(value / data.targets[i]!).toBeCloseTo(1, 9);
    });
  });

  it('where no feature can be split, drawn or not', async () => {
    const data = table([[7], [7], [7]], [1, 2, 6]);
    for (const parameters of [{}, { colsampleBytree: 0.5, subsample: 0.5, nEstimators: 3 }]) {
      const model = await gradientBoostingRegressionFamily.fit(data, parameters, fitContext());
      expect([...(await model.predict(data.features))]).toEqual([3, 3, 3]);
    }
  });
});

describe('the same seed', () => {
  it('gives the same bytes, and another seed others where something is drawn', async () => {
    const first = await bytesOf(train, drawing);
    expect(await bytesOf(train, drawing)).toEqual(first);
    for (const [name, alone] of [
      ['rows', { subsample: 0.5 }],
      ['columns', { colsampleBytree: 0.5 }],
      ['columns of splits', { colsampleBynode: 0.5 }],
    ] as const) {
      const treesOf = async (seed: string) => {
        const model = await gradientBoostingFamily.fit(train, { nEstimators: 5, ...alone }, fitContext({ seed }));
        return model.predict(train.features);
      };
      expect(await treesOf('a'), name).not.toEqual(await treesOf('b'));
      expect(await treesOf('a'), name).toEqual(await treesOf('a'));
    }
  });

  it('is the only thing that draws: without draws the seed changes no prediction', async () => {
    const answers = async (seed: string) =>
      (await gradientBoostingFamily.fit(train, { nEstimators: 5 }, fitContext({ seed }))).predict(train.features);
    expect(await answers('a')).toEqual(await answers('b'));
  });

  it('draws anew each round', async () => {
    const model = await gradientBoostingFamily.fit(train, { nEstimators: 12, colsampleBytree: 0.25 }, fitContext());
    const columns = model.treeStructure!().trees.map(({ feature }) => new Set(feature.filter((column) => column >= 0)));
    for (const own of columns) expect(own.size).toBe(1);
    expect(new Set(columns.flatMap((own) => [...own])).size).toBe(4);
  });

  it('gives the model of fits that run at the same time no other bits', async () => {
    const alone = await bytesOf(train, drawing);
    const together = await Promise.all([bytesOf(train, drawing), bytesOf(fresh, drawing), bytesOf(train, drawing)]);
    expect(together[0]).toEqual(alone);
    expect(together[2]).toEqual(alone);
  });
});

describe('weights', () => {
  it('of 0 take a row out', async () => {
    const kept = (i: number) => i % 3 !== 0;
    const weights = Float64Array.from(train.targets, (_, i) => (kept(i) ? 1 : 0));
    const poisoned = { ...train, weights, targets: train.targets.map((label, i) => (kept(i) ? label : 1 - label)) };
    expect(await bytesOf(poisoned, drawing)).toEqual(await bytesOf({ ...train, weights }, drawing));
  });

  it('of 2 count as the row twice', async () => {
    const small = bands(200, 'twice').values;
    const rows = Array.from({ length: 200 }, (_, r) => Array.from(small.features.values.subarray(5 * r, 5 * r + 5)));
    const weights = rows.map((_, i) => (i % 4 === 0 ? 2 : 1));
    const twice = rows.flatMap((row, i) => (i % 4 === 0 ? [row, row] : [row]));
    const targets = [...small.targets].flatMap((target, i) => (i % 4 === 0 ? [target, target] : [target]));
    const parameters = { nEstimators: 10, minChildSamples: 1, minChildWeight: 5 };
    const weighted = await gradientBoostingRegressionFamily.fit(
      table(rows, [...small.targets], { weights }),
      parameters,
      fitContext(),
    );
    const repeated = await gradientBoostingRegressionFamily.fit(table(twice, targets), parameters, fitContext());
    const other = await repeated.predict(small.features);
    (await weighted.predict(small.features)).forEach((value, i) => {
      expect(value).toBeCloseTo(other[i]!, 10);
    });
  });

  it('of classes multiply those of rows', async () => {
    const weights = Float64Array.from(train.targets, (label, i) => (1 + (i % 3)) * (label === 1 ? 5 : 1));
    const rowsOnly = { ...train, weights: Float64Array.from(train.targets, (_, i) => 1 + (i % 3)) };
    const answers = async (data: Dataset, parameters: object) =>
      (await gradientBoostingFamily.fit(data, { nEstimators: 5, ...parameters }, fitContext())).predict(fresh.features);
    expect(await answers(rowsOnly, { classWeights: { up: 5 } })).toEqual(await answers({ ...train, weights }, {}));
  });

  it('balanced make a rare class as likely as the other', async () => {
    const rare = table(
      Array.from({ length: 100 }, () => [1]),
      Array.from({ length: 100 }, (_, i) => (i < 4 ? 1 : 0)),
      { classes: ['down', 'up'] },
    );
    const one = { values: Float64Array.of(1), rows: 1, columns: 1 };
    const plain = await gradientBoostingFamily.fit(rare, {}, fitContext());
    const balanced = await gradientBoostingFamily.fit(rare, { classWeights: 'balanced' }, fitContext());
    expect((await plain.predict(one))[1]).toBeCloseTo(0.04, 12);
    expect((await balanced.predict(one))[1]).toBeCloseTo(0.5, 12);
  });
});

describe('while it trains, gradient boosting', () => {
  it('tells its progress after each round', async () => {
    const fractions: number[] = [];
    await gradientBoostingFamily.fit(train, { nEstimators: 4 }, fitContext({ onProgress: (f) => fractions.push(f) }));
    expect(fractions).toEqual([1 / 4, 2 / 4, 3 / 4, 4 / 4]);
  });

  it('lets the event loop run between rounds', async () => {
    let turns = 0;
    let seen = 0;
    const count = () => {
      turns++;
      handle = setImmediate(count);
    };
    let handle = setImmediate(count);
    await gradientBoostingFamily.fit(train, { nEstimators: 6 }, fitContext({ onProgress: () => (seen = turns) }));
    clearImmediate(handle);
    expect(seen).toBeGreaterThanOrEqual(5);
  });

  /** A signal that turns true when it is looked at for the n-th time, as the shared flag of a worker does. */
  function abortedAtLook(n: number): { readonly signal: AbortSignal; readonly looks: () => number } {
    let looks = 0;
    const { signal } = new AbortController();
    Object.defineProperty(signal, 'aborted', { get: () => ++looks >= n });
    return { signal, looks: () => looks };
  }

  it('looks at the signal within a round, many times, and ends at once', async () => {
    const wide = table(
      Array.from({ length: 200 }, (_, i) => Array.from({ length: 40 }, (__, j) => (i * (j + 3)) % 17)),
      Array.from({ length: 200 }, (_, i) => i % 2),
      { classes: ['down', 'up'] },
    );
    const whole = abortedAtLook(Number.POSITIVE_INFINITY);
    await gradientBoostingFamily.fit(wide, { nEstimators: 1 }, fitContext({ signal: whole.signal }));
    // Forty columns to bin, and at least one look per block of four columns and histogram.
    expect(whole.looks()).toBeGreaterThan(40 + 10);
    for (let n = 1; n <= whole.looks(); n += 7) {
      const { signal, looks } = abortedAtLook(n);
      const fit = gradientBoostingFamily.fit(wide, { nEstimators: 1 }, fitContext({ signal }));
      await expect(fit).rejects.toMatchObject({ code: 'ABORTED' });
      expect(looks()).toBe(n);
    }
  });

  it('says why it was aborted', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('the host shuts down'));
    const fit = gradientBoostingFamily.fit(train, {}, fitContext({ signal: controller.signal, onProgress }));
    await expect(fit).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'the host shuts down' } });
  });
});

describe('a boosted model', () => {
  it('comes back from its file bit for bit, whatever it was trained on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          nEstimators: fc.integer({ min: 1, max: 4 }),
          numLeaves: fc.integer({ min: 2, max: 12 }),
          maxDepth: fc.integer({ min: 0, max: 4 }),
          maxBins: fc.integer({ min: 2, max: 256 }),
          subsample: fc.double({ min: 0.2, max: 1, noNaN: true }),
          regAlpha: fc.double({ min: 0, max: 2, noNaN: true }),
        }),
        fc.string({ maxLength: 8 }),
        fc.constantFrom('two', 'three', 'values'),
        async (parameters, seed, kind) => {
          const data = kind === 'two' ? sameSigns(80, seed) : bands(80, seed)[kind === 'three' ? 'classes' : 'values'];
          const family = kind === 'values' ? gradientBoostingRegressionFamily : gradientBoostingFamily;
          const model = await family.fit(data, parameters, fitContext({ seed }));
          const loaded = await family.load(model.serialize());
          expect(loaded.serialize()).toEqual(model.serialize());
          expect(await loaded.predict(data.features)).toEqual(await model.predict(data.features));
          expect(loaded.featureImportance?.()).toEqual(model.featureImportance?.());
          expect(loaded.treeStructure!()).toEqual(model.treeStructure!());
          expect(loaded.featureNames).toEqual(model.featureNames);
          expect(loaded.classes).toEqual(model.classes);
        },
      ),
      { numRuns: 25, seed: 20261122 },
    );
  });

  it('writes into the array given, and answers row by row as it does for all', async () => {
    const model = await gradientBoostingFamily.fit(train, { nEstimators: 10 }, fitContext());
    const out = new Float64Array(2 * fresh.features.rows).fill(9);
    expect(await model.predict(fresh.features, out)).toBe(out);
    expect(out).toEqual(await model.predict(fresh.features));
    const one = new Float64Array(2);
    for (let row = 0; row < 50; row++) {
      const values = fresh.features.values.subarray(4 * row, 4 * row + 4);
      await model.predict({ values, rows: 1, columns: 4 }, one);
      expect(one).toEqual(out.slice(2 * row, 2 * row + 2));
    }
  });

  it('shows its trees so that whoever reads them reaches the same answer', async () => {
    for (const [family, data] of [
      [gradientBoostingFamily, train],
      [gradientBoostingFamily, bands(300, 'shown').classes],
      [gradientBoostingRegressionFamily, bands(300, 'shown').values],
    ] as const) {
      const model = await family.fit(data, { nEstimators: 8 }, fitContext());
      const answers = await model.predict(data.features);
      for (let row = 0; row < 40; row++) expectReadable(model, data, row, answers);
    }
  });

  it('has covers that add up, and inner values that are the means below', async () => {
    const weights = Float64Array.from(train.targets, (_, i) => 0.5 + (i % 4));
    const model = await gradientBoostingFamily.fit({ ...train, weights }, { nEstimators: 3 }, fitContext());
    for (const { feature, left, right, cover, values } of model.treeStructure!().trees) {
      expect(cover[0]).toBeCloseTo(
        weights.reduce((a, b) => a + b, 0),
        9,
      );
      feature.forEach((column, node) => {
        if (column < 0) return;
        const [l, r] = [left[node]!, right[node]!];
        expect(cover[node]).toBeCloseTo(cover[l]! + cover[r]!, 9);
        expect(values[node]! * cover[node]!).toBeCloseTo(values[l]! * cover[l]! + values[r]! * cover[r]!, 9);
      });
    }
  });

  it.each([
    ['too few columns', { values: new Float64Array(3), rows: 1, columns: 3 }, 'LENGTH_MISMATCH'],
    ['too few values', { values: new Float64Array(7), rows: 2, columns: 4 }, 'LENGTH_MISMATCH'],
    ['an infinity', { values: Float64Array.of(0, 0, 0, Number.NEGATIVE_INFINITY), rows: 1, columns: 4 }, 'NOT_FINITE'],
  ])('refuses %s', async (_, features, code) => {
    const model = await gradientBoostingFamily.fit(train, { nEstimators: 1 }, fitContext());
    expect(() => model.predict(features)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses an output of another length and leaves it untouched', async () => {
    const model = await gradientBoostingFamily.fit(train, { nEstimators: 1 }, fitContext());
    const out = new Float64Array(3).fill(9);
    const row = { values: new Float64Array(4), rows: 1, columns: 4 };
    expect(() => model.predict(row, out)).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    expect([...out]).toEqual([9, 9, 9]);
  });
});

function expectReadable(model: TrainedModel, data: Dataset, row: number, answers: Float64Array): void {
  const { base, outputs, trees, output } = model.treeStructure!();
  const x = data.features.values.subarray(row * data.features.columns, (row + 1) * data.features.columns);
  const raw = [...base];
  for (const { feature, threshold, left, right, values } of trees) {
    let node = 0;
    while (feature[node]! >= 0) node = x[feature[node]!]! <= threshold[node]! ? left[node]! : right[node]!;
    for (let k = 0; k < outputs; k++) raw[k] = raw[k]! + values[node * outputs + k]!;
  }
  if (output === 'value') expect(answers[row]).toBeCloseTo(raw[0]!, 12);
  else if (output === 'log-odds') expect(answers[2 * row + 1]).toBeCloseTo(1 / (1 + Math.exp(-raw[0]!)), 12);
  else {
    const total = raw.reduce((sum, score) => sum + Math.exp(score), 0);
    raw.forEach((score, k) => {
      expect(answers[row * outputs + k]).toBeCloseTo(Math.exp(score) / total, 12);
    });
  }
}

describe('gradient boosting refuses', () => {
  it('no data set and no context', async () => {
    const data = sameSigns(60, 'arguments');
    for (const family of [gradientBoostingFamily, gradientBoostingRegressionFamily]) {
      for (const given of [
        [undefined, {}, fitContext()],
        [{}, {}, fitContext()],
        [data, {}],
        [data, {}, { seed: 'a' }],
      ]) {
        await expect(Reflect.apply(family.fit, family, given)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      }
    }
  });

  it('weights beyond counting, and names that no file can hold', async () => {
    const data = sameSigns(60, 'names');
    const classWeights = { up: 1e308, down: 1e308 };
    await expect(gradientBoostingFamily.fit(data, { classWeights }, fitContext())).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
    });
    for (const featureNames of [
      ['a', 'a', 'b', 'c'],
      ['a', '', 'b', 'c'],
      ['a', '__proto__', 'b', 'c'],
    ]) {
      await expect(gradientBoostingFamily.fit({ ...data, featureNames }, {}, fitContext())).rejects.toMatchObject({
        code: 'INVALID_RECORD',
      });
    }
  });

  it('no feature for its size alone: a model of the largest numbers answers and loads', async () => {
    const data = sameSigns(200, 'largest');
    const features = { ...data.features, values: data.features.values.map((x) => 2 * x * 2 ** 1023) };
    const model = await gradientBoostingFamily.fit({ ...data, features }, { nEstimators: 5 }, fitContext());
    const plain = await gradientBoostingFamily.fit(data, { nEstimators: 5 }, fitContext());
    expect(await model.predict(features)).toEqual(await plain.predict(data.features));
    const loaded = await gradientBoostingFamily.load(model.serialize());
    expect(await loaded.predict(features)).toEqual(await model.predict(features));
  });

  it.each<[string, object, string, RegExp]>([
    ['no rounds', { nEstimators: 0 }, 'OUT_OF_RANGE', /nEstimators must be a whole number in \[1, 10000\]; got 0/],
    ['half a round', { nEstimators: 1.5 }, 'OUT_OF_RANGE', /whole number/],
    ['one leaf', { numLeaves: 1 }, 'OUT_OF_RANGE', /numLeaves/],
    ['a learning rate of 0', { learningRate: 0 }, 'OUT_OF_RANGE', /learningRate must be in \(0, 1\]; got 0/],
    ['a depth of NaN', { maxDepth: Number.NaN }, 'OUT_OF_RANGE', /got NaN/],
    ['leaves of no rows', { minChildSamples: 0 }, 'OUT_OF_RANGE', /minChildSamples/],
    ['a negative penalty', { regLambda: -1 }, 'OUT_OF_RANGE', /regLambda/],
    ['an endless penalty', { regAlpha: Number.POSITIVE_INFINITY }, 'OUT_OF_RANGE', /regAlpha/],
    ['more bins than a byte holds', { maxBins: 257 }, 'OUT_OF_RANGE', /maxBins must be a whole number in \[2, 256\]/],
    ['a share of 0', { subsample: 0 }, 'OUT_OF_RANGE', /subsample/],
    ['most rows held back', { validationShare: 0.6 }, 'OUT_OF_RANGE', /validationShare must be in \(0, 0.5\]/],
    ['a number as text', { nEstimators: '10' }, 'INVALID_TYPE', /nEstimators must be a number; got string/],
    ['constraints that are a list', { monotoneConstraints: [1] }, 'INVALID_TYPE', /monotoneConstraints/],
    ['class weights of another kind', { classWeights: 'even' }, 'INVALID_TYPE', /classWeights/],
    ['a weight of no class', { classWeights: { sideways: 2 } }, 'OUT_OF_RANGE', /'sideways'/],
    ['a misspelled name', { nEstimator: 10 }, 'INVALID_TYPE', /got 'nEstimator'/],
  ])('%s', async (_, parameters, code, message) => {
    const fit = gradientBoostingFamily.fit(train, parameters, fitContext());
    await expect(fit).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('class weights for a regression', async () => {
    const parameters: object = { classWeights: 'balanced' };
    const fit = gradientBoostingRegressionFamily.fit(bands(50, 'r').values, parameters, fitContext());
    await expect(fit).rejects.toMatchObject({ code: 'INVALID_TYPE', message: expect.stringMatching(/classWeights/) });
  });

  const { classes: _classes, ...regression } = train;
  const weights = new Float64Array(train.targets.length).fill(1);
  const values = (change: (value: number, i: number) => number): Dataset => ({
    ...train,
    features: { ...train.features, values: train.features.values.map(change) },
  });
  const { missingValues: _missingValues, ...unsaid } = values((v, i) => (i === 5 ? Number.NaN : v));
  it.each<[string, Dataset, string]>([
    ['no rows', { ...train, features: { values: new Float64Array(0), rows: 0, columns: 4 } }, 'EMPTY_INPUT'],
    [
      'ragged features',
      { ...train, features: { ...train.features, values: train.features.values.slice(1) } },
      'LENGTH_MISMATCH',
    ],
    ['a NaN that is not said to be missing', unsaid, 'NOT_FINITE'],
    ['an infinity', { ...values((v, i) => (i === 5 ? -1 / 0 : v)), missingValues: 'allowed' }, 'NOT_FINITE'],
    ['too few targets', { ...train, targets: train.targets.slice(1) }, 'LENGTH_MISMATCH'],
    ['a label outside the classes', { ...train, targets: train.targets.map(() => 2) }, 'OUT_OF_RANGE'],
    ['one class', { ...train, targets: train.targets.map(() => 1) }, 'SINGLE_CLASS'],
    ['one class among the rows that weigh', { ...train, weights: Float64Array.from(train.targets) }, 'SINGLE_CLASS'],
    ['a regression', regression, 'INVALID_TYPE'],
    ['too few names', { ...train, featureNames: ['momentum'] }, 'LENGTH_MISMATCH'],
    ['too few weights', { ...train, weights: weights.slice(1) }, 'LENGTH_MISMATCH'],
    ['a negative weight', { ...train, weights: weights.map((w, i) => (i === 3 ? -1 : w)) }, 'OUT_OF_RANGE'],
    ['a weight of NaN', { ...train, weights: weights.map((w, i) => (i === 3 ? Number.NaN : w)) }, 'NOT_FINITE'],
    ['weights of 0 alone', { ...train, weights: weights.map(() => 0) }, 'OUT_OF_RANGE'],
    ['weights whose sum overflows', { ...train, weights: weights.map(() => Number.MAX_VALUE) }, 'OUT_OF_RANGE'],
  ])('%s in the training data', async (_, dataset, code) => {
    await expect(gradientBoostingFamily.fit(dataset, {}, fitContext())).rejects.toMatchObject({ code });
  });

  it.each<[string, Partial<Dataset>, string]>([
    ['classes', { classes: ['down', 'up', 'flat'] }, 'INVALID_TYPE'],
    ['a target of NaN', { targets: new Float64Array(50).fill(Number.NaN) }, 'NOT_FINITE'],
    ['a target whose square overflows', { targets: new Float64Array(50).fill(1e200) }, 'OUT_OF_RANGE'],
  ])('%s in a regression', async (_, change, code) => {
    const data = { ...bands(50, 'r').values, ...change };
    await expect(gradientBoostingRegressionFamily.fit(data, {}, fitContext())).rejects.toMatchObject({ code });
  });

  it.each<[string, Dataset, string]>([
    ['other classes', { ...fresh, classes: ['up', 'down'] }, 'INVALID_TYPE'],
    ['a label outside the classes', { ...fresh, targets: fresh.targets.map(() => 0.5) }, 'OUT_OF_RANGE'],
    ['other columns', { ...fresh, features: { ...fresh.features, rows: 2000, columns: 2 } }, 'LENGTH_MISMATCH'],
  ])('%s in the validation data', async (_, validation, code) => {
    await expect(gradientBoostingFamily.fit(train, {}, fitContext({ validation }))).rejects.toMatchObject({ code });
  });
});
