import { readFileSync } from 'node:fs';
import { createDataset, type Dataset, type FitContext } from '@mlperf/core';
import { randomForestFamily as family, type LibraryForestParameters, randomForestJson } from '@mlperf/models';
import fc from 'fast-check';
import { RandomForestClassifier } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { addLeafAnswers, compileForest } from '../../../../packages/models/src/random-forest/compiled-forest.ts';
import { flattenForest } from '../../../../packages/models/src/random-forest/library/flatten-forest.ts';
import { accuracyOf, fitContext, noisyRule } from './noisy-rule.ts';

/** The family with the library's engine. */
const randomForestFamily = {
  fit: (train: Dataset, parameters: object, context: FitContext) =>
    family.fit(train, { engine: 'ml-random-forest', ...parameters }, context),
  load: family.load,
};

const small: Partial<LibraryForestParameters> = { nEstimators: 7, maxDepth: 4, minSamplesSplit: 4 };
const train = noisyRule(160, 'train');
const fresh = noisyRule(300, 'fresh');

function rowsOf(dataset: Dataset): number[][] {
  const { values, rows, columns } = dataset.features;
  return Array.from({ length: rows }, (_, r) => Array.from(values.subarray(r * columns, (r + 1) * columns)));
}

describe('randomForestFamily with the engine ml-random-forest', () => {
  describe('against scikit-learn', () => {
    interface GoldenCase {
      readonly input: {
        readonly features: number[][];
        readonly targets: number[];
        readonly classes: number;
        readonly maxDepth: number;
        readonly minSamplesSplit: number;
        readonly probe: number[][];
      };
      readonly expected: { readonly probabilities: number[][]; readonly featureImportance: number[] };
    }
    const golden: { readonly tolerance: number; readonly cases: readonly GoldenCase[] } = JSON.parse(
      readFileSync(new URL('../../../golden/classification-tree.json', import.meta.url), 'utf8'),
    );

    it.each(golden.cases.map((item, i) => ({ i, item })))(
      'one tree on all rows and columns has the probabilities and importances of its CART, case $i',
      async ({ item: { input, expected } }) => {
        const dataset = createDataset({
          features: input.features,
          featureNames: input.features[0]!.map((_, i) => `f${i}`),
          targets: input.targets,
          classes: Array.from({ length: input.classes }, (_, i) => `class ${i}`),
          timestamps: input.targets.map((_, i) => i),
          labelEndsAt: input.targets.map((_, i) => i),
        });
        const model = await randomForestFamily.fit(
          dataset,
          {
            nEstimators: 1,
            bootstrap: false,
            maxSamples: 1,
            maxFeatures: 1,
            maxDepth: input.maxDepth,
            minSamplesSplit: input.minSamplesSplit,
          },
          fitContext(),
        );
        const columns = input.probe[0]!.length;
        const values = Float64Array.from(input.probe.flat());
        const probabilities = await model.predict({ values, rows: input.probe.length, columns });
        expected.probabilities.flat().forEach((share, i) => {
          expect(Math.abs(probabilities[i]! - share)).toBeLessThanOrEqual(golden.tolerance);
        });
        expected.featureImportance.forEach((share, i) => {
          expect(Math.abs(model.featureImportance!()[i]! - share)).toBeLessThanOrEqual(golden.tolerance);
        });
      },
    );
  });

  describe('against ml-random-forest', () => {
    it('is a file that ml-random-forest loads and votes from as the compiled trees do', async () => {
      const model = await randomForestFamily.fit(train, small, fitContext());
      const json = randomForestJson(model.serialize());
      const loaded = RandomForestClassifier.load(json as Parameters<typeof RandomForestClassifier.load>[0]);
      const rows = rowsOf(fresh);
      const votes = rows.map(() => [0, 0]);
      json.baseModel.estimators.forEach((estimator, t) => {
        const one = {
          ...json,
          baseModel: { ...json.baseModel, estimators: [estimator], indexes: [json.baseModel.indexes[t]!] },
        };
        const shares = new Float64Array(rows.length * 2);
        addLeafAnswers(
          compileForest(flattenForest(one, 2), { task: 'classification' }),
          fresh.features.values,
          4,
          shares,
        );
        const labels = rows.map((_, r) => (shares[2 * r + 1]! > shares[2 * r]! ? 1 : 0));
        expect(labels).toEqual(loaded.predictionValues(rows).getColumn(t));
        labels.forEach((label, r) => {
          votes[r]![label]!++;
        });
      });
      expect(loaded.predict(rows)).toEqual(votes.map(([down, up]) => (up! > down! ? 1 : 0)));
    });

    it('predicts the mean of the class shares in the leaves that ml-cart reaches', async () => {
      const model = await randomForestFamily.fit(train, small, fitContext());
      const { baseModel } = randomForestJson(model.serialize());
      const loaded = RandomForestClassifier.load({ baseModel, name: 'RFClassifier' } as Parameters<
        typeof RandomForestClassifier.load
      >[0]);
      interface Walkable {
        readonly root: { classify(row: readonly number[]): { getRow(index: number): number[] } };
      }
      const trees = loaded.estimators as unknown[] as Walkable[];
      const probabilities = await model.predict(fresh.features);
      rowsOf(fresh).forEach((row, r) => {
        const up = trees.map(
          (tree, t) => tree.root.classify(baseModel.indexes[t]!.map((c) => row[c]!)).getRow(0)[1] ?? 0,
        );
        expect(probabilities[2 * r + 1]).toBeCloseTo(up.reduce((sum, share) => sum + share, 0) / trees.length, 12);
      });
    });

    it('of one tree, favours the class that ml-random-forest predicts', async () => {
      const model = await randomForestFamily.fit(train, { ...small, nEstimators: 1 }, fitContext());
      const json = randomForestJson(model.serialize());
      const loaded = RandomForestClassifier.load(json as Parameters<typeof RandomForestClassifier.load>[0]);
      const probabilities = await model.predict(fresh.features);
      const favoured = rowsOf(fresh).map((_, r) => (probabilities[2 * r + 1]! > probabilities[2 * r]! ? 1 : 0));
      expect(loaded.predict(rowsOf(fresh))).toEqual(favoured);
    });
  });

  it('finds a rule under flipped labels, and knows which column carries it', async () => {
    const parameters = { nEstimators: 15, maxFeatures: 1 };
    const model = await randomForestFamily.fit(noisyRule(400, 'learn'), parameters, fitContext());
    expect(accuracyOf(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.78);
    const importance = [...model.featureImportance!()];
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(importance[0]).toBeGreaterThan(importance[1]! + importance[2]! + importance[3]!);
    expect(model).toMatchObject({ modelType: 'random-forest', classes: ['down', 'up'], lookBack: 0 });
    expect(model.featureNames).toEqual(train.featureNames);
  });

  it('gives probabilities in [0, 1] that sum to 1 in every row', async () => {
    const model = await randomForestFamily.fit(train, { ...small, nEstimators: 5, minSamplesSplit: 2 }, fitContext());
    const probabilities = await model.predict(fresh.features);
    for (let i = 0; i < probabilities.length; i += 2) {
      expect(probabilities[i]! + probabilities[i + 1]!).toBeCloseTo(1, 12);
      for (const share of probabilities.subarray(i, i + 2)) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
    }
  });

  it('is the same bytes for the same seed, and others for another seed', async () => {
    const bytes = async (seed: string) =>
      Buffer.from((await randomForestFamily.fit(train, small, fitContext({ seed }))).serialize()).toString('base64');
    expect(await bytes('a')).toBe(await bytes('a'));
    expect(await bytes('b')).not.toBe(await bytes('a'));
  });

  it('leaves the data set as it was', async () => {
    const before = structuredClone(train);
    await randomForestFamily.fit(train, small, fitContext());
    expect(train).toEqual(before);
  });

  it('grows the same first trees whatever the number of trees', async () => {
    const trees = async (nEstimators: number) =>
      randomForestJson((await randomForestFamily.fit(train, { ...small, nEstimators }, fitContext())).serialize())
        .baseModel.estimators;
    expect((await trees(5)).slice(0, 3)).toEqual(await trees(3));
  });

  it('loads what it serialised: same bytes, same predictions, same importance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          nEstimators: fc.integer({ min: 1, max: 4 }),
          maxDepth: fc.integer({ min: 1, max: 8 }),
          minSamplesSplit: fc.integer({ min: 2, max: 60 }),
          maxFeatures: fc.double({ min: 0.01, max: 1, noNaN: true }),
          maxSamples: fc.double({ min: 0.01, max: 1, noNaN: true }),
          bootstrap: fc.boolean(),
        }),
        fc.string({ maxLength: 8 }),
        async (parameters, seed) => {
          const model = await randomForestFamily.fit(noisyRule(40, seed), parameters, fitContext({ seed }));
          const loaded = await randomForestFamily.load(model.serialize());
          expect(loaded.serialize()).toEqual(model.serialize());
          expect(await loaded.predict(fresh.features)).toEqual(await model.predict(fresh.features));
          expect(loaded.featureImportance?.()).toEqual(model.featureImportance?.());
          expect(loaded.featureNames).toEqual(model.featureNames);
          expect(loaded.classes).toEqual(model.classes);
        },
      ),
      { numRuns: 25, seed: 20240601 },
    );
  });

  describe('while it trains', () => {
    it('tells its progress after each tree', async () => {
      const fractions: number[] = [];
      const context = fitContext({ onProgress: (fraction) => fractions.push(fraction) });
      await randomForestFamily.fit(train, { ...small, nEstimators: 4 }, context);
      expect(fractions).toEqual([1 / 4, 2 / 4, 3 / 4, 4 / 4]);
    });

    it('reports its accuracy on the validation rows after each tree', async () => {
      const reports: [number, number][] = [];
      const report = async (step: number, value: number) => {
        reports.push([step, value]);
        return 'continue' as const;
      };
      const context = fitContext({ validation: fresh, report });
      const model = await randomForestFamily.fit(train, { ...small, nEstimators: 3 }, context);
      expect(reports.map(([step]) => step)).toEqual([1, 2, 3]);
      expect(reports[2]![1]).toBe(accuracyOf(fresh, await model.predict(fresh.features)));
      const first = await randomForestFamily.fit(train, { ...small, nEstimators: 1 }, fitContext());
      expect(reports[0]![1]).toBe(accuracyOf(fresh, await first.predict(fresh.features)));
    });

    it('returns the forest so far when a report is answered with stop', async () => {
      const report = async (step: number) => (step === 2 ? ('stop' as const) : ('continue' as const));
      const model = await randomForestFamily.fit(train, small, fitContext({ validation: fresh, report }));
      const { baseModel } = randomForestJson(model.serialize());
      expect(baseModel.nEstimators).toBe(2);
      expect(baseModel.estimators).toHaveLength(2);
    });

    it('stops between trees when aborted', async () => {
      const controller = new AbortController();
      let trees = 0;
      const context = fitContext({
        signal: controller.signal,
        onProgress() {
          if (++trees === 2) controller.abort(new Error('the host shuts down'));
        },
      });
      await expect(randomForestFamily.fit(train, small, context)).rejects.toMatchObject({
        code: 'ABORTED',
        cause: { message: 'the host shuts down' },
      });
      expect(trees).toBe(2);
    });

    it('lets the event loop run between trees', async () => {
      let turns = 0;
      let seen = 0;
      const count = () => {
        turns++;
        handle = setImmediate(count);
      };
      let handle = setImmediate(count);
      await randomForestFamily.fit(train, small, fitContext({ onProgress: () => (seen = turns) }));
      clearImmediate(handle);
      expect(seen).toBeGreaterThanOrEqual(small.nEstimators! - 1);
    });
  });

  describe('draws', () => {
    it('from the whole series when a tree takes a share of the rows', async () => {
      const rows = 200;
      const late = createDataset({
        features: Array.from({ length: rows }, (_, i) => [i]),
        featureNames: ['age'],
        targets: Array.from({ length: rows }, (_, i) => (i >= 150 ? 1 : 0)),
        classes: ['down', 'up'],
        timestamps: Array.from({ length: rows }, (_, i) => i),
        labelEndsAt: Array.from({ length: rows }, (_, i) => i),
      });
      const model = await randomForestFamily.fit(late, { ...small, maxSamples: 0.3 }, fitContext());
      const [, up] = await model.predict({ values: Float64Array.of(190), rows: 1, columns: 1 });
      expect(up).toBe(1);
    });

    it.each([
      [0.01, 1],
      [0.3, 1],
      [0.5, 2],
      [0.75, 3],
      [1, 4],
    ])('a share of %f of four columns as %i distinct columns per tree', async (maxFeatures, count) => {
      const model = await randomForestFamily.fit(train, { ...small, maxFeatures }, fitContext());
      const { indexes } = randomForestJson(model.serialize()).baseModel;
      expect(indexes).toHaveLength(small.nEstimators!);
      for (const columns of indexes) expect(new Set(columns).size).toBe(count);
      if (count === 1) expect(new Set(indexes.flat()).size).toBeGreaterThan(1);
    });

    it('rows by their weights: a row of weight 0 is never seen', async () => {
      const truth = noisyRule(200, 'weights', 0);
      const targets = truth.targets.map((label, i) => (i % 2 === 0 ? 1 - label : label));
      const weights = targets.map((_, i) => i % 2);
      const model = await randomForestFamily.fit(
        { ...truth, targets, weights },
        { ...small, maxFeatures: 1 },
        fitContext(),
      );
      const clean = noisyRule(200, 'weights-fresh', 0);
      expect(accuracyOf(clean, await model.predict(clean.features))).toBeGreaterThan(0.95);
    });

    it('the same rows when all weights are scaled', async () => {
      const weights = train.targets.map((_, i) => 1 + (i % 3));
      const bytesOf = async (scale: number) =>
        (
          await randomForestFamily.fit({ ...train, weights: weights.map((w) => w * scale) }, small, fitContext())
        ).serialize();
      expect(await bytesOf(4)).toEqual(await bytesOf(1));
    });
  });

  describe('importance', () => {
    const square = (features: number[][], targets: number[]) =>
      createDataset({
        features,
        featureNames: features[0]!.map((_, i) => `f${i}`),
        targets,
        classes: ['down', 'up'],
        timestamps: targets.map((_, i) => i),
        labelEndsAt: targets.map((_, i) => i),
      });
    const plain = { nEstimators: 1, bootstrap: false, maxSamples: 1, maxFeatures: 1, minSamplesSplit: 2 } as const;

    it('is the decrease of impurity by hand: both columns must be high', async () => {
      // Root: Gini 3/8; either split leaves halves of Gini 0 and 1/2, a decrease of 3/8 − 1/4 on 4 rows.
      // The mixed half of two rows is then split by the other column: a decrease of 1/2 on 2 rows.
      const both = square(
        [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ],
        [0, 0, 0, 1],
      );
      const model = await randomForestFamily.fit(both, plain, fitContext());
      const root = 4 * (3 / 8 - 1 / 4);
      const below = 2 * (1 / 2);
      const shares = [...model.featureImportance!()].sort((a, b) => a - b);
      expect(shares[0]).toBeCloseTo(root / (root + below), 12);
      expect(shares[1]).toBeCloseTo(below / (root + below), 12);
    });

    it('is absent when no tree could split', async () => {
      const constant = square([[1], [1], [1], [1]], [0, 1, 1, 1]);
      const model = await randomForestFamily.fit(constant, plain, fitContext());
      expect(model.featureImportance).toBeUndefined();
      expect(await model.predict({ values: Float64Array.of(1), rows: 1, columns: 1 })).toEqual(
        Float64Array.of(1 / 4, 3 / 4),
      );
    });
  });

  describe('predict', () => {
    it('writes into the array given', async () => {
      const model = await randomForestFamily.fit(train, small, fitContext());
      const out = new Float64Array(fresh.targets.length * 2).fill(9);
      expect(await model.predict(fresh.features, out)).toBe(out);
      expect(out).toEqual(await model.predict(fresh.features));
    });

    it.each([
      ['too few columns', { values: new Float64Array(3), rows: 1, columns: 3 }, 'LENGTH_MISMATCH'],
      ['too few values', { values: new Float64Array(7), rows: 2, columns: 4 }, 'LENGTH_MISMATCH'],
      ['a NaN', { values: Float64Array.of(0, Number.NaN, 0, 0), rows: 1, columns: 4 }, 'NOT_FINITE'],
      [
        'an infinity',
        { values: Float64Array.of(0, 0, 0, Number.POSITIVE_INFINITY), rows: 1, columns: 4 },
        'NOT_FINITE',
      ],
    ])('refuses %s', async (_, features, code) => {
      const model = await randomForestFamily.fit(train, { ...small, nEstimators: 1 }, fitContext());
      expect(() => model.predict(features)).toThrow(expect.objectContaining({ code }));
    });

    it('refuses an output of another length and leaves it untouched', async () => {
      const model = await randomForestFamily.fit(train, { ...small, nEstimators: 1 }, fitContext());
      const out = new Float64Array(3).fill(9);
      const row = { values: new Float64Array(4), rows: 1, columns: 4 };
      expect(() => model.predict(row, out)).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
      expect([...out]).toEqual([9, 9, 9]);
    });
  });

  describe('refuses', () => {
    it.each<[string, object, string, RegExp]>([
      ['no trees', { nEstimators: 0 }, 'OUT_OF_RANGE', /nEstimators must be a whole number in \[1, 1000\]; got 0/],
      ['half a tree', { nEstimators: 1.5 }, 'OUT_OF_RANGE', /whole number/],
      ['a depth of NaN', { maxDepth: Number.NaN }, 'OUT_OF_RANGE', /got NaN/],
      ['a depth without bound', { maxDepth: Number.POSITIVE_INFINITY }, 'OUT_OF_RANGE', /maxDepth/],
      ['a node of one row', { minSamplesSplit: 1 }, 'OUT_OF_RANGE', /minSamplesSplit/],
      ['no features', { maxFeatures: 0 }, 'OUT_OF_RANGE', /maxFeatures must be in \(0, 1\]; got 0/],
      ['a share above 1', { maxSamples: 1.01 }, 'OUT_OF_RANGE', /maxSamples/],
      ['a decrease of 1', { minImpurityDecrease: 1 }, 'OUT_OF_RANGE', /\[0, 1\)/],
      ['a number as text', { nEstimators: '10' }, 'INVALID_TYPE', /nEstimators must be a number; got string/],
      ['a bootstrap that is no flag', { bootstrap: 'yes' }, 'INVALID_TYPE', /bootstrap/],
      ['a misspelled name', { nEstimator: 10 }, 'INVALID_TYPE', /got 'nEstimator'/],
    ])('%s', async (_, parameters, code, message) => {
      const fit = randomForestFamily.fit(train, parameters, fitContext());
      await expect(fit).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });

    const { classes: _classes, ...regression } = train;
    const weights = new Float64Array(train.targets.length).fill(1);
    it.each<[string, Dataset, string]>([
      ['no rows', { ...train, features: { values: new Float64Array(0), rows: 0, columns: 4 } }, 'EMPTY_INPUT'],
      [
        'ragged features',
        { ...train, features: { ...train.features, values: train.features.values.slice(1) } },
        'LENGTH_MISMATCH',
      ],
      [
        'a NaN',
        {
          ...train,
          features: { ...train.features, values: train.features.values.map((v, i) => (i === 5 ? Number.NaN : v)) },
        },
        'NOT_FINITE',
      ],
      [
        'a feature whose double overflows',
        {
          ...train,
          features: { ...train.features, values: train.features.values.map((v, i) => (i === 5 ? 1e308 : v)) },
        },
        'OUT_OF_RANGE',
      ],
      ['too few targets', { ...train, targets: train.targets.slice(1) }, 'LENGTH_MISMATCH'],
      ['a label outside the classes', { ...train, targets: train.targets.map(() => 2) }, 'OUT_OF_RANGE'],
      ['one class', { ...train, targets: train.targets.map(() => 1) }, 'SINGLE_CLASS'],
      [
        'one class among the rows of positive weight',
        { ...train, weights: Float64Array.from(train.targets) },
        'SINGLE_CLASS',
      ],
      ['a regression', regression, 'INVALID_TYPE'],
      ['too few names', { ...train, featureNames: ['momentum'] }, 'LENGTH_MISMATCH'],
      ['too few weights', { ...train, weights: weights.slice(1) }, 'LENGTH_MISMATCH'],
      ['a negative weight', { ...train, weights: weights.map((w, i) => (i === 3 ? -1 : w)) }, 'OUT_OF_RANGE'],
      ['a weight of NaN', { ...train, weights: weights.map((w, i) => (i === 3 ? Number.NaN : w)) }, 'NOT_FINITE'],
      ['weights whose sum overflows', { ...train, weights: weights.map(() => Number.MAX_VALUE) }, 'OUT_OF_RANGE'],
    ])('%s in the training data', async (_, dataset, code) => {
      await expect(randomForestFamily.fit(dataset, small, fitContext())).rejects.toMatchObject({ code });
    });

    it('weights where rows are not drawn by chance', async () => {
      const fit = randomForestFamily.fit({ ...train, weights }, { ...small, bootstrap: false }, fitContext());
      await expect(fit).rejects.toMatchObject({ code: 'OUT_OF_RANGE', message: expect.stringMatching(/bootstrap/) });
    });

    it.each<[string, Dataset, string]>([
      ['other classes', { ...fresh, classes: ['up', 'down'] }, 'INVALID_TYPE'],
      ['a label outside the classes', { ...fresh, targets: fresh.targets.map(() => 0.5) }, 'OUT_OF_RANGE'],
      ['other columns', { ...fresh, features: { ...fresh.features, rows: 600, columns: 2 } }, 'LENGTH_MISMATCH'],
    ])('%s in the validation data', async (_, validation, code) => {
      await expect(randomForestFamily.fit(train, small, fitContext({ validation }))).rejects.toMatchObject({ code });
    });
  });
});
