import { type Dataset, MlperfError } from '@mlperf/core';
import { randomForestFamily, randomForestFromJson, randomForestJson } from '@mlperf/models';
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

  it('predicts the class that most of our trees name', async () => {
    const model = await randomForestFamily.fit(train, parameters, fitContext());
    const json = randomForestJson(model.serialize());
    const loaded = RandomForestClassifier.load(json as Parameters<typeof RandomForestClassifier.load>[0]);
    const rows = rowsOf(fresh);
    const votes = rows.map(
      (row) => sharesOfLibrary(loaded, json.baseModel.indexes, row).filter((up) => up > 0.5).length,
    );
    const predicted = loaded.predict(rows);
    votes.forEach((ups, r) => {
      if (ups !== 6) expect(predicted[r]).toBe(ups > 6 ? 1 : 0);
    });
    const answers = await model.predict(fresh.features);
    const agreed = predicted.filter((label, r) => (answers[2 * r + 1]! > 0.5 ? 1 : 0) === label).length;
    expect(agreed / rows.length).toBeGreaterThan(0.95);
  });

  it('comes back as a model with the same answers', async () => {
    const model = await randomForestFamily.fit(train, parameters, fitContext());
    const text = JSON.stringify(randomForestJson(model.serialize()));
    const { classes, featureNames } = model;
    const back = randomForestFromJson(JSON.parse(text), { classes, featureNames });
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
    const model = randomForestFromJson(json, names);
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
