import { createDataset, type Dataset, keyedRandom, MlperfError, randomNormal } from '@mlperf/core';
import {
  type RandomForestModel,
  type RandomForestParameters,
  randomForestFamily,
  randomForestFromJson,
  randomForestJson,
} from '@mlperf/models';
import { RandomForestClassifier } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { doubleAbove, doubleBelow } from '../../../../packages/models/src/random-forest/library/neighbour-double.ts';
import { fitContext, noisyRule } from './noisy-rule.ts';

const train = noisyRule(300, 'json');
const fresh = noisyRule(200, 'json-fresh');

function rowsOf({ features }: Dataset): number[][] {
  const { values, rows, columns } = features;
  return Array.from({ length: rows }, (_, r) => Array.from(values.subarray(r * columns, (r + 1) * columns)));
}

interface Walkable {
  readonly root: { classify(row: readonly number[]): { getRow(index: number): number[] } };
}

/** What ml-random-forest answers: the share of the second class in the leaf each tree reaches. */
function sharesOfLibrary(loaded: RandomForestClassifier, indexes: readonly (readonly number[])[], row: number[]) {
  const trees: unknown = loaded.estimators;
  return (trees as Walkable[]).map(
    (tree, t) => tree.root.classify(indexes[t]!.map((column) => row[column]!)).getRow(0)[1] ?? 0,
  );
}

describe('a forest of ours in ml-random-forest', () => {
  const parameters = { nEstimators: 12, minSamplesLeaf: 3, criterion: 'entropy' } as const;

  it('puts every row into the same leaves, on the thresholds too', async () => {
    const model = await randomForestFamily.fit(train, parameters, fitContext());
    const json = randomForestJson(model.serialize());
    const loaded = RandomForestClassifier.load(json as Parameters<typeof RandomForestClassifier.load>[0]);
    const thresholds = model.treeStructure!().trees.flatMap(({ feature, threshold }) =>
      Array.from(feature, (column, node) => ({ column, value: threshold[node]! })).filter(({ column }) => column >= 0),
    );
    const onThresholds = thresholds.slice(0, 100).map(({ column, value }) => {
      const row = [0.1, -0.2, 0.3, -0.4];
      row[column] = value;
      return row;
    });
    for (const row of [...rowsOf(fresh), ...onThresholds]) {
      const [, up] = await model.predict({ values: Float64Array.from(row), rows: 1, columns: 4 });
      const shares = sharesOfLibrary(loaded, json.baseModel.indexes, row);
      expect(up).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 12);
    }
  });

  it('comes back as a model with the same answers', async () => {
    const model = await randomForestFamily.fit(train, parameters, fitContext());
    const text = JSON.stringify(randomForestJson(model.serialize()));
    const { classes, featureNames } = model;
    const back = randomForestFromJson(JSON.parse(text), { classes, featureNames, voting: 'soft' });
    const answers = await back.predict(fresh.features);
    (await model.predict(fresh.features)).forEach((share, i) => {
      expect(answers[i]).toBeCloseTo(share, 14);
    });
    expect(back.featureNames).toEqual(featureNames);
  });
});

describe('a forest of ml-random-forest', () => {
  const names = { classes: ['down', 'up'], featureNames: train.featureNames };
  const library = new RandomForestClassifier({
    nEstimators: 6,
    seed: 3,
    maxFeatures: 0.8,
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    treeOptions: { minNumSamples: 5 },
  });
  library.train(rowsOf(train), [...train.targets]);
  const json: unknown = JSON.parse(JSON.stringify(library));
  const { baseModel } = json as { baseModel: { indexes: number[][] } };

  it('answers here by the same leaves, and its file loads', async () => {
    const model = randomForestFromJson(json, { ...names, voting: 'soft' });
    const answers = await model.predict(fresh.features);
    rowsOf(fresh).forEach((row, r) => {
      const shares = sharesOfLibrary(library, baseModel.indexes, row);
      expect(answers[2 * r + 1]).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 12);
    });
    const loaded = await randomForestFamily.load(model.serialize());
    expect(await loaded.predict(fresh.features)).toEqual(answers);
  });

  it.each<[string, unknown, typeof names]>([
    ['a text', 'forest', names],
    ['a regression', { ...Object(json), name: 'RFRegression' }, names],
    ['a __proto__ key', JSON.parse('{"__proto__":1,"baseModel":{},"name":"RFClassifier"}'), names],
    ['no trees', { ...Object(json), baseModel: { ...baseModel, estimators: [] } }, names],
    ['a tree without a root', { ...Object(json), baseModel: { ...baseModel, estimators: [{}] } }, names],
    ['columns beyond the names given', json, { ...names, featureNames: ['momentum'] }],
  ])('is refused: %s', (_, value, given) => {
    let failure: unknown;
    try {
      randomForestFromJson(value, given);
    } catch (error) {
      failure = error;
    }
    expect(MlperfError.is(failure) && failure.code).toBe('MODEL_FORMAT');
  });

  it('is refused when nested deeper than any forest', () => {
    let root: unknown = { distribution: [[1]] };
    for (let i = 0; i < 2000; i++) {
      root = { splitValue: 0, splitColumn: 0, gain: 0, numberSamples: 2, left: root, right: { distribution: [[1]] } };
    }
    const deep = { ...Object(json), baseModel: { ...baseModel, estimators: [{ root }] } };
    expect(() => randomForestFromJson(deep, names)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });
});

describe('hard voting answers the class that ml-random-forest answers, on every row', () => {
  const classes = ['down', 'flat', 'up'];
  const threeWay = (rows: number, seed: string): Dataset => {
    const random = keyedRandom('three-way', seed);
    const features = Array.from({ length: rows }, () => Array.from({ length: 4 }, () => randomNormal(random)));
    const targets = features.map(([a, b]) => {
      const signal = a! + 0.5 * b! + randomNormal(random);
      return signal < -0.5 ? 0 : signal > 0.5 ? 2 : 1;
    });
    return createDataset({
      features,
      featureNames: ['a', 'b', 'c', 'd'],
      targets,
      classes,
      timestamps: targets.map((_, i) => i),
      labelEndsAt: targets.map((_, i) => i),
    });
  };
  const learned = threeWay(400, 'train');
  const asked = threeWay(500, 'fresh');
  const answered = async (model: RandomForestModel, data: Dataset) => {
    const shares = await model.predict(data.features);
    return Array.from({ length: data.features.rows }, (_, row) => {
      const own = [...shares.subarray(3 * row, 3 * row + 3)];
      expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      return own.indexOf(Math.max(...own));
    });
  };

  it.each([1, 2, 5, 10, 20, 50])('trained here, with leaves of at least %d rows', async (minSamplesLeaf) => {
    for (const nEstimators of [1, 2, 3, 4, 9, 20]) {
      const parameters: Partial<RandomForestParameters> = { nEstimators, minSamplesLeaf, voting: 'hard' };
      const model = await randomForestFamily.fit(learned, parameters, fitContext());
      const json = randomForestJson(model.serialize());
      const library = RandomForestClassifier.load(json as Parameters<typeof RandomForestClassifier.load>[0]);
      const theirs = library.predict(rowsOf(asked));
      expect(await answered(model, asked)).toEqual(theirs);
      const loaded = await randomForestFamily.load(model.serialize());
      expect(await answered(loaded, asked)).toEqual(theirs);
      const back = randomForestFromJson(JSON.parse(JSON.stringify(json)), {
        classes,
        featureNames: ['a', 'b', 'c', 'd'],
      });
      expect(await answered(back, asked)).toEqual(theirs);
    }
  });

  it.each([1, 5, 20, 50])('trained there, where nodes of up to %d rows are leaves', async (minNumSamples) => {
    for (const nEstimators of [2, 3, 4, 7]) {
      const library = new RandomForestClassifier({
        nEstimators,
        seed: nEstimators,
        maxFeatures: 0.75,
        replacement: false,
        useSampleBagging: true,
        noOOB: true,
        treeOptions: { minNumSamples },
      });
      library.train(rowsOf(learned).slice(0, 150), [...learned.targets.subarray(0, 150)]);
      const json: unknown = JSON.parse(JSON.stringify(library));
      const model = randomForestFromJson(json, { classes, featureNames: ['a', 'b', 'c', 'd'] });
      const theirs = library.predict(rowsOf(asked));
      expect(await answered(model, asked)).toEqual(theirs);
      expect(await answered(await randomForestFamily.load(model.serialize()), asked)).toEqual(theirs);
    }
  });

  it('and shows its votes as trees that add up to its answers', async () => {
    const parameters: Partial<RandomForestParameters> = { nEstimators: 7, minSamplesLeaf: 15, voting: 'hard' };
    const own = await randomForestFamily.fit(learned, parameters, fitContext());
    const json = randomForestJson(own.serialize());
    const imported = randomForestFromJson(json, { classes, featureNames: ['a', 'b', 'c', 'd'] });
    for (const model of [own, imported]) {
      const { trees, scale } = model.treeStructure!();
      const answers = await model.predict(asked.features);
      rowsOf(asked).forEach((row, r) => {
        const sums = [0, 0, 0];
        for (const tree of trees) {
          let node = 0;
          while (tree.left[node]! >= 0) {
            node = (row[tree.feature[node]!]! <= tree.threshold[node]! ? tree.left : tree.right)[node]!;
          }
          for (let k = 0; k < 3; k++) sums[k]! += scale * tree.values[3 * node + k]!;
        }
        for (let k = 0; k < 3; k++) expect(answers[3 * r + k]).toBeCloseTo(sums[k]!, 12);
      });
      // Each tree of ours saw 400 drawn rows.
      for (const { cover } of trees) expect(cover[0]).toBeCloseTo(400, 9);
    }
  });
});

describe('JSON that announces more than a machine should hold is refused', () => {
  const leaf = { distribution: [[0.5, 0.5]] };
  /** A complete tree of 2^(depth + 1) − 1 nodes, all one object per level. */
  const full = (depth: number): unknown => {
    if (depth === 0) return leaf;
    const child = full(depth - 1);
    return { splitValue: 0, splitColumn: 0, gain: 0, numberSamples: 2, left: child, right: child };
  };
  const forest = (root: unknown) => {
    const options = { gainFunction: 'gini', kind: 'classifier', minNumSamples: 1, maxDepth: 30, gainThreshold: 0 };
    const estimators = [{ options, root, name: 'DTClassifier' }];
    const base = { indexes: [[0]], n: 1, nEstimators: 1, isClassifier: true, replacement: false, seed: 0 };
    return { name: 'RFClassifier', baseModel: { ...base, estimators } };
  };

  it('nodes', () => {
    const names = { classes: ['down', 'up'], featureNames: ['momentum'] };
    expect(() => randomForestFromJson(forest(full(20)), names)).toThrow(/at most 2000000 nodes/);
  });

  it('leaves × classes', () => {
    const names = { classes: Array.from({ length: 1000 }, (_, i) => `class ${i}`), featureNames: ['momentum'] };
    expect(() => randomForestFromJson(forest(full(18)), names)).toThrow(/262144 × 1000/);
  });
});

describe('neighbouring doubles', () => {
  it.each([0, 1, -1, 1e300, -1e-300, Number.MIN_VALUE, -Number.MIN_VALUE, 0.1])(
    'of %d are each other’s neighbours',
    (x) => {
      expect(doubleAbove(x)).toBeGreaterThan(x);
      expect(doubleBelow(doubleAbove(x))).toBe(x === 0 ? 0 : x);
      expect((x + doubleAbove(x)) / 2 === x || (x + doubleAbove(x)) / 2 === doubleAbove(x)).toBe(true);
    },
  );
});
