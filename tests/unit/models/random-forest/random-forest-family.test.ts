import { createDataset, type Dataset, type FitContext, keyedRandom, type Matrix, MlperfError } from '@mlperf/core';
import { type RandomForestParameters, randomForestFamily, randomForestRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { accuracyOf, fitContext, noisyRule } from './noisy-rule.ts';

const small: Partial<RandomForestParameters> = { nEstimators: 9, maxDepth: 6 };
const train = noisyRule(400, 'train');
const fresh = noisyRule(400, 'fresh');

function threeClasses(rows: number, seed: string): Dataset {
  const random = keyedRandom(seed, 'three-classes');
  const features = Array.from({ length: rows }, () => [random.next(), random.next(), random.next()]);
  return createDataset({
    features,
    featureNames: ['a', 'b', 'c'],
    targets: features.map(([a]) => (random.next() < 0.1 ? Math.floor(3 * random.next()) : Math.floor(3 * a!))),
    classes: ['down', 'flat', 'up'],
    timestamps: features.map((_, i) => i),
    labelEndsAt: features.map((_, i) => i),
  });
}

function rowsOf({ features }: Dataset, pick: (row: number) => boolean): Matrix {
  const { values, columns } = features;
  const rows = Array.from({ length: features.rows }, (_, row) => row).filter(pick);
  return {
    values: Float64Array.from(rows.flatMap((row) => [...values.subarray(row * columns, (row + 1) * columns)])),
    rows: rows.length,
    columns,
  };
}

describe('randomForestFamily', () => {
  it('learns the rule behind noisy rows, with the defaults', async () => {
    const model = await randomForestFamily.fit(noisyRule(2000, 'many'), {}, fitContext());
    // 85 % of the labels follow the rule.
    expect(accuracyOf(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.8);
  });

  it('learns three classes, and its probabilities are shares', async () => {
    const model = await randomForestFamily.fit(threeClasses(900, 'train'), { minSamplesLeaf: 5 }, fitContext());
    const test = threeClasses(300, 'fresh');
    const probabilities = await model.predict(test.features);
    let right = 0;
    for (let row = 0; row < 300; row++) {
      const own = [...probabilities.subarray(3 * row, 3 * row + 3)];
      expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
      if (own.indexOf(Math.max(...own)) === test.targets[row]) right++;
    }
    expect(right / 300).toBeGreaterThan(0.85);
  });

  it.each<[string, Partial<RandomForestParameters>]>([
    ['entropy', { criterion: 'entropy' }],
    ['extremely randomised trees', { splitter: 'random', bootstrap: false, nEstimators: 30, maxFeatures: 1 }],
    ['few bins', { maxBins: 8 }],
    ['a subsample', { bootstrap: false, maxSamples: 0.5 }],
    ['every feature', { maxFeatures: 1 }],
    ['log2 of the features', { maxFeatures: 'log2' }],
    ['a count of features', { maxFeatures: 3 }],
    ['one feature', { maxFeatures: { count: 1 }, nEstimators: 60 }],
  ])('learns with %s', async (_, parameters) => {
    const model = await randomForestFamily.fit(
      train,
      { nEstimators: 30, minSamplesLeaf: 5, ...parameters },
      fitContext(),
    );
    expect(accuracyOf(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.78);
  });

  describe('seeds', () => {
    it('fix every bit, however the trees were drawn', async () => {
      for (const splitter of ['best', 'random'] as const) {
        const trained = (seed: string) => randomForestFamily.fit(train, { ...small, splitter }, fitContext({ seed }));
        expect((await trained('a')).serialize()).toEqual((await trained('a')).serialize());
        expect((await trained('a')).serialize()).not.toEqual((await trained('b')).serialize());
      }
    });

    it('give the first trees of a larger forest', async () => {
      const few = await randomForestFamily.fit(train, { ...small, nEstimators: 2 }, fitContext());
      const many = await randomForestFamily.fit(train, { ...small, nEstimators: 5 }, fitContext());
      expect(many.treeStructure!().trees.slice(0, 2)).toEqual(few.treeStructure!().trees);
    });
  });

  describe('limits', () => {
    const grow = async (parameters: Partial<RandomForestParameters>) => {
      const model = await randomForestFamily.fit(train, { ...small, bootstrap: false, ...parameters }, fitContext());
      return model.treeStructure!().trees;
    };

    it('of depth hold', async () => {
      for (const { left, right } of await grow({ maxDepth: 2 })) {
        expect(left.length).toBeLessThanOrEqual(7);
        expect(right.length).toBeGreaterThan(3);
      }
    });

    it('of rows per leaf and per split hold, by bins and by values', async () => {
      for (const tree of await grow({ minSamplesLeaf: 13, minSamplesSplit: 50, maxDepth: 20 })) {
        tree.cover.forEach((rows, node) => {
          expect(rows).toBeGreaterThanOrEqual(13);
          if (tree.feature[node]! >= 0) expect(rows).toBeGreaterThanOrEqual(50);
        });
      }
    });

    it('of the decrease of impurity end a tree at its root', async () => {
      for (const tree of await grow({ minImpurityDecrease: 0.5 })) expect([...tree.feature]).toEqual([-1]);
    });
  });

  describe('weights', () => {
    const plain = { nEstimators: 3, bootstrap: false, maxFeatures: 1 } as const;

    it('of 2 on every row change nothing: sums by difference equal sums added up', async () => {
      const weights = new Float64Array(400).fill(2);
      const parameters = { ...plain, maxSamples: 0.9, minSamplesLeaf: 2 };
      const doubled = await randomForestFamily.fit({ ...train, weights }, parameters, fitContext());
      const once = await randomForestFamily.fit(train, parameters, fitContext());
      expect(await doubled.predict(fresh.features)).toEqual(await once.predict(fresh.features));
    });

    it('count as rows given several times', async () => {
      // No more values than bins: of more, the bins' borders follow the number of rows.
      const few = noisyRule(200, 'few');
      const times = (row: number) => 1 + (row % 3);
      const order = Array.from({ length: 200 }, (_, row) => row).flatMap((row) =>
        new Array<number>(times(row)).fill(row),
      );
      const { columns, values } = few.features;
      const repeated = createDataset({
        features: order.map((row) => values.subarray(row * columns, (row + 1) * columns)),
        featureNames: few.featureNames,
        targets: order.map((row) => few.targets[row]!),
        classes: few.classes!,
        timestamps: order.map((_, i) => i),
        labelEndsAt: order.map((_, i) => i),
      });
      const weighted = { ...few, weights: Float64Array.from({ length: 200 }, (_, row) => times(row)) };
      const parameters = { ...plain, nEstimators: 1, maxDepth: 3 };
      const a = await randomForestFamily.fit(weighted, parameters, fitContext());
      const b = await randomForestFamily.fit(repeated, parameters, fitContext());
      expect(await a.predict(fresh.features)).toEqual(await b.predict(fresh.features));
    });

    it('of 0 keep a row out', async () => {
      const truth = noisyRule(300, 'weights', 0);
      const targets = truth.targets.map((label, i) => (i % 2 === 0 ? 1 - label : label));
      const weights = targets.map((_, i) => i % 2);
      const model = await randomForestFamily.fit({ ...truth, targets, weights }, small, fitContext());
      const clean = noisyRule(300, 'weights-fresh', 0);
      expect(accuracyOf(clean, await model.predict(clean.features))).toBeGreaterThan(0.95);
    });

    it('of classes raise the probability of a rare one, and are weights of its rows', async () => {
      const rare = { ...train, targets: train.targets.map((label, i) => (i % 4 === 0 ? label : 0)) };
      const ups = rare.targets.reduce((sum, label) => sum + label, 0);
      const trained = (dataset: Dataset, classWeights?: RandomForestParameters['classWeights']) =>
        randomForestFamily.fit(
          dataset,
          { ...small, minSamplesLeaf: 10, ...(classWeights === undefined ? {} : { classWeights }) },
          fitContext(),
        );
      const balanced = await (await trained(rare, 'balanced')).predict(fresh.features);
      const plainly = await (await trained(rare)).predict(fresh.features);
      const mean = (values: Float64Array) => values.reduce((sum, value, i) => sum + (i % 2) * value, 0) / 400;
      expect(mean(balanced)).toBeGreaterThan(mean(plainly) + 0.1);
      const weights = rare.targets.map((label) => 400 / (2 * (label === 1 ? ups : 400 - ups)));
      expect(await (await trained({ ...rare, weights })).predict(fresh.features)).toEqual(balanced);
      expect(await (await trained(rare, { up: 2, down: 2 })).predict(fresh.features)).toEqual(plainly);
    });
  });

  describe('out of bag', () => {
    it('answers each row by the trees that did not draw it', async () => {
      const parameters = { ...small, nEstimators: 40, outOfBag: true };
      const model = await randomForestFamily.fit(train, parameters, fitContext());
      const { outOfBag } = model;
      expect(outOfBag?.rows).toBe(400);
      const heldOut = accuracyOf(fresh, await model.predict(fresh.features));
      expect(Math.abs(outOfBag!.score! - heldOut)).toBeLessThan(0.06);
      const answers = Array.from({ length: 400 }, (_, row) => outOfBag!.answer!(row)!);
      const right = answers.filter(([down, up], row) => (up! > down! ? 1 : 0) === train.targets[row]).length;
      expect(outOfBag!.score).toBe(right / 400);
      for (const [down, up] of answers) expect(down! + up!).toBeCloseTo(1, 12);
    });

    it('knows nothing of a row that every tree drew, and does not fail with one tree', async () => {
      const model = await randomForestFamily.fit(train, { ...small, nEstimators: 1, outOfBag: true }, fitContext());
      const { rows, score, answer } = model.outOfBag!;
      // About 1/e of the rows are left out of one bootstrap.
      expect(rows).toBeGreaterThan(110);
      expect(rows).toBeLessThan(185);
      expect(score).toBeGreaterThan(0.6);
      const unknown = Array.from({ length: 400 }, (_, row) => row).filter((row) => answer!(row) === undefined);
      expect(unknown).toHaveLength(400 - rows);
      const known = rowsOf(train, (row) => answer!(row) !== undefined);
      const predicted = await model.predict(known);
      const kept = Array.from({ length: 400 }, (_, row) => answer!(row)).filter((own) => own !== undefined);
      expect(kept.flatMap((own) => [...own])).toEqual([...predicted]);
    });

    it('has no score when every tree sees every row', async () => {
      const parameters = { ...small, bootstrap: false, outOfBag: true };
      const model = await randomForestFamily.fit(train, parameters, fitContext());
      expect(model.outOfBag).toMatchObject({ rows: 0, score: undefined });
      const loaded = await randomForestFamily.load(model.serialize());
      expect(loaded.outOfBag).toEqual({ rows: 0, score: undefined });
    });

    it('is absent unless asked for', async () => {
      expect((await randomForestFamily.fit(train, small, fitContext())).outOfBag).toBeUndefined();
    });
  });

  describe('the tree structure', () => {
    it('answers every row as the model does', async () => {
      const model = await randomForestFamily.fit(threeClasses(300, 'structure'), small, fitContext());
      const { trees, base, scale, outputs, output, featureNames, classes } = model.treeStructure!();
      expect({ output, outputs, featureNames, classes }).toEqual({
        output: 'probability',
        outputs: 3,
        featureNames: ['a', 'b', 'c'],
        classes: ['down', 'flat', 'up'],
      });
      const test = threeClasses(50, 'structure-fresh');
      const expected = await model.predict(test.features);
      for (let row = 0; row < 50; row++) {
        const x = test.features.values.subarray(3 * row, 3 * row + 3);
        const sums = [...base];
        for (const tree of trees) {
          let node = 0;
          while (tree.feature[node]! >= 0) {
            node = x[tree.feature[node]!]! <= tree.threshold[node]! ? tree.left[node]! : tree.right[node]!;
          }
          for (let k = 0; k < 3; k++) sums[k]! += scale * tree.values[3 * node + k]!;
        }
        for (let k = 0; k < 3; k++) expect(sums[k]).toBeCloseTo(expected[3 * row + k]!, 12);
      }
    });

    it('has in every node the weight and the answer of the rows below it', async () => {
      const model = await randomForestFamily.fit(train, { ...small, bootstrap: false }, fitContext());
      for (const { left, right, cover, values } of model.treeStructure!().trees) {
        expect(cover[0]).toBe(400);
        left.forEach((child, node) => {
          if (child < 0) return;
          const other = right[node]!;
          expect(cover[node]).toBe(cover[child]! + cover[other]!);
          const ups = cover[child]! * values[2 * child + 1]! + cover[other]! * values[2 * other + 1]!;
          expect(values[2 * node + 1]).toBeCloseTo(ups / cover[node]!, 12);
        });
      }
    });
  });

  describe('while it trains', () => {
    it('reports the accuracy of the trees so far, and stops when told', async () => {
      const reports: [number, number][] = [];
      const model = await randomForestFamily.fit(
        train,
        small,
        fitContext({
          validation: fresh,
          async report(step, value) {
            reports.push([step, value]);
            return step === 4 ? 'stop' : 'continue';
          },
        }),
      );
      expect(reports.map(([step]) => step)).toEqual([1, 2, 3, 4]);
      expect(reports[3]![1]).toBe(accuracyOf(fresh, await model.predict(fresh.features)));
      expect(model.treeStructure!().trees).toHaveLength(4);
    });

    it('can be aborted within its first tree, without blocking the event loop until then', async () => {
      const large = noisyRule(60_000, 'large', 0.4);
      const controller = new AbortController();
      let trees = 0;
      const fit = randomForestFamily.fit(
        large,
        { maxFeatures: 1 },
        fitContext({ signal: controller.signal, onProgress: () => trees++ }),
      );
      setImmediate(() => controller.abort(new Error('the host shuts down')));
      await expect(fit).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'the host shuts down' } });
      expect(trees).toBe(0);
    });

    it('looks at the signal about every millisecond of a synchronous stretch', async () => {
      let looks = 0;
      const { signal } = new AbortController();
      const counting = new Proxy(signal, {
        get(target, key) {
          if (key === 'aborted') looks++;
          return Reflect.get(target, key, target);
        },
      });
      await randomForestFamily.fit(
        noisyRule(20_000, 'looks', 0.4),
        { nEstimators: 1, maxFeatures: 1 },
        fitContext({ signal: counting }),
      );
      // Some 15 levels of 13,000 rows × 4 columns, and about one look every 500,000 values.
      expect(looks).toBeGreaterThan(5);
    });

    /** A signal that counts its looks and, from one of them on, is aborted. */
    const watched = (abortedFrom = Number.POSITIVE_INFINITY) => {
      const watch = { looks: 0, signal: new AbortController().signal };
      watch.signal = new Proxy(watch.signal, {
        get: (target, key) => (key === 'aborted' ? ++watch.looks >= abortedFrom : Reflect.get(target, key, target)),
      });
      return watch;
    };
    const stump = { nEstimators: 1, maxDepth: 1, maxFeatures: { count: 1 } } as const;

    it('looks at the signal while it answers many rows out of bag, and many validation rows', async () => {
      const many = noisyRule(60_000, 'many');
      const looksOf = async (parameters: Partial<RandomForestParameters>, validation?: Dataset) => {
        const watch = watched();
        const context = fitContext({ signal: watch.signal, ...(validation === undefined ? {} : { validation }) });
        await randomForestFamily.fit(many, { ...stump, ...parameters }, context);
        return watch.looks;
      };
      const alone = await looksOf({});
      // Two passes over the rows, a look every 4,096 of them; and one every 512 validation rows.
      expect((await looksOf({ outOfBag: true })) - alone).toBeGreaterThanOrEqual(2 * 14);
      expect((await looksOf({}, many)) - alone).toBeGreaterThanOrEqual(117);
    });

    it.each([false, true])(
      'is aborted by a signal that turns just before its last look (out of bag: %s)',
      async (outOfBag) => {
        const whole = watched();
        await randomForestFamily.fit(train, { ...stump, outOfBag }, fitContext({ signal: whole.signal }));
        const last = watched(whole.looks);
        const fit = randomForestFamily.fit(train, { ...stump, outOfBag }, fitContext({ signal: last.signal }));
        await expect(fit).rejects.toMatchObject({ code: 'ABORTED' });
      },
    );
  });

  describe('refuses', () => {
    it.each<[string, object, string, RegExp]>([
      ['no trees', { nEstimators: 0 }, 'OUT_OF_RANGE', /nEstimators must be a whole number in \[1, 1000\]; got 0/],
      ['half a tree', { nEstimators: 1.5 }, 'OUT_OF_RANGE', /whole number/],
      ['more bins than bytes tell apart', { maxBins: 257 }, 'OUT_OF_RANGE', /maxBins.*\[2, 256\]; got 257/],
      ['one bin', { maxBins: 1 }, 'OUT_OF_RANGE', /maxBins/],
      ['a depth of NaN', { maxDepth: Number.NaN }, 'OUT_OF_RANGE', /got NaN/],
      ['a depth without bound', { maxDepth: Number.POSITIVE_INFINITY }, 'OUT_OF_RANGE', /maxDepth/],
      ['a node of one row', { minSamplesSplit: 1 }, 'OUT_OF_RANGE', /minSamplesSplit/],
      ['an empty leaf', { minSamplesLeaf: 0 }, 'OUT_OF_RANGE', /minSamplesLeaf/],
      ['no features', { maxFeatures: 0 }, 'OUT_OF_RANGE', /maxFeatures must be .*; got 0/],
      ['one and a half features', { maxFeatures: 1.5 }, 'OUT_OF_RANGE', /count from 2 or .*; got 1.5/],
      ['more features than there are', { maxFeatures: 50 }, 'OUT_OF_RANGE', /at most the 4 columns; got 50/],
      ['a count of none', { maxFeatures: { count: 0 } }, 'OUT_OF_RANGE', /count must be .* at least 1; got 0/],
      ['null for a number', { nEstimators: null }, 'INVALID_TYPE', /nEstimators must be a number; got object/],
      ['null for a flag', { bootstrap: null }, 'INVALID_TYPE', /bootstrap must be true or false; got null/],
      ['an unknown vote', { voting: 'majority' }, 'OUT_OF_RANGE', /'soft' or 'hard'; got 'majority'/],
      ['an unknown rule for features', { maxFeatures: 'auto' }, 'INVALID_TYPE', /maxFeatures/],
      ['a share above 1', { maxSamples: 1.01 }, 'OUT_OF_RANGE', /maxSamples/],
      ['a negative decrease', { minImpurityDecrease: -1 }, 'OUT_OF_RANGE', /at least 0/],
      ['an unknown criterion', { criterion: 'log_loss' }, 'OUT_OF_RANGE', /'gini' or 'entropy'; got 'log_loss'/],
      ['an unknown engine', { engine: 'python' }, 'OUT_OF_RANGE', /engine/],
      ['an unknown splitter', { splitter: true }, 'INVALID_TYPE', /splitter/],
      ['a number as text', { nEstimators: '10' }, 'INVALID_TYPE', /nEstimators must be a number; got string/],
      ['a bootstrap that is no flag', { bootstrap: 'yes' }, 'INVALID_TYPE', /bootstrap/],
      ['a negative class weight', { classWeights: { up: -1 } }, 'OUT_OF_RANGE', /classWeights of 'up'/],
      ['a class weight of no class', { classWeights: { sideways: 1 } }, 'OUT_OF_RANGE', /'sideways'/],
      ['class weights that leave one class', { classWeights: { up: 0 } }, 'SINGLE_CLASS', /only 'down'/],
      ['a misspelled name', { nEstimator: 10 }, 'INVALID_TYPE', /got 'nEstimator'/],
      [
        "the library's engine with a parameter of ours",
        { engine: 'ml-random-forest', maxBins: 64 },
        'INVALID_TYPE',
        /'maxBins'/,
      ],
    ])('%s', async (_, parameters, code, message) => {
      const fit = randomForestFamily.fit(train, parameters, fitContext());
      await expect(fit).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });

    const { classes: _classes, ...regression } = train;
    const change = (value: number) => ({
      ...train,
      features: { ...train.features, values: train.features.values.map((v, i) => (i === 5 ? value : v)) },
    });
    const weights = new Float64Array(400).fill(1);
    it.each<[string, Dataset, string]>([
      ['two features of one name', { ...train, featureNames: ['a', 'b', 'c', 'a'] }, 'OUT_OF_RANGE'],
      ['a feature without a name', { ...train, featureNames: ['a', 'b', 'c', ''] }, 'OUT_OF_RANGE'],
      ['no rows', { ...train, features: { values: new Float64Array(0), rows: 0, columns: 4 } }, 'EMPTY_INPUT'],
      ['ragged features', { ...train, features: { ...train.features, rows: 399 } }, 'LENGTH_MISMATCH'],
      ['a NaN', change(Number.NaN), 'NOT_FINITE'],
      ['a missing value', { ...change(Number.NaN), missingValues: 'allowed' }, 'NOT_FINITE'],
      ['a feature whose double overflows', change(1e308), 'OUT_OF_RANGE'],
      ['one class', { ...train, targets: train.targets.map(() => 1) }, 'SINGLE_CLASS'],
      ['a label outside the classes', { ...train, targets: train.targets.map(() => 2) }, 'OUT_OF_RANGE'],
      ['a regression', regression, 'INVALID_TYPE'],
      ['a negative weight', { ...train, weights: weights.map((w, i) => (i === 3 ? -1 : w)) }, 'OUT_OF_RANGE'],
      ['weights whose sum overflows', { ...train, weights: weights.map(() => Number.MAX_VALUE) }, 'OUT_OF_RANGE'],
      ['one class among the rows of positive weight', { ...train, weights: train.targets.slice() }, 'SINGLE_CLASS'],
    ])('%s in the training data', async (_, dataset, code) => {
      await expect(randomForestFamily.fit(dataset, small, fitContext())).rejects.toMatchObject({ code });
    });

    it('arguments that are none', async () => {
      const fitting = (dataset: unknown, context: unknown = fitContext()) =>
        randomForestFamily.fit(dataset as Dataset, small, context as FitContext);
      await expect(fitting(undefined)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(fitting('abc')).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(fitting(train, {})).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(
        randomForestRegressionFamily.fit(undefined as unknown as Dataset, {}, fitContext()),
      ).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      for (const family of [randomForestFamily, randomForestRegressionFamily]) {
        for (const bytes of [undefined, 'abc', [1, 2, 3]]) {
          const failure: unknown = await family.load(bytes as unknown as Uint8Array).catch((error: unknown) => error);
          expect(MlperfError.is(failure)).toBe(true);
        }
      }
    });
  });
});
