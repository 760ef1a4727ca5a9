import { gradientBoostingFamily, gradientBoostingRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { leafGain, leafValue } from '../../../../packages/models/src/gradient-boosting/leaf-value.ts';
import { fitContext, table } from './boosting-data.ts';

/** One round of one split, nothing in its way. */
const one = { nEstimators: 1, numLeaves: 2, learningRate: 1, minChildSamples: 1, minChildWeight: 0 } as const;
const none = { regAlpha: 0, regLambda: 0 };

describe('a leaf', () => {
  it('has the value −T(G) / (H + λ)', () => {
    expect(leafValue(-3, 2, none)).toBe(3 / 2);
    expect(leafValue(-3, 2, { regAlpha: 1, regLambda: 1 })).toBe((3 - 1) / (2 + 1));
    expect(leafValue(3, 2, { regAlpha: 1, regLambda: 1 })).toBe(-(3 - 1) / (2 + 1));
    expect(Object.is(leafValue(0.5, 2, { regAlpha: 1, regLambda: 0 }), 0)).toBe(true);
  });

  it('gains T(G)² / (H + λ) at that value and less at any other', () => {
    const rules = { regAlpha: 1, regLambda: 1 };
    expect(leafGain(-3, 2, leafValue(-3, 2, rules), rules)).toBeCloseTo(2 ** 2 / 3, 14);
    expect(leafGain(-3, 2, 0.5, rules)).toBeLessThan(2 ** 2 / 3);
  });
});

describe('one round of one split', () => {
  it('gives a regression the means of the two sides', async () => {
    const model = await gradientBoostingRegressionFamily.fit(
      table([[1], [2], [3], [4]], [0, 1, 5, 8]),
      one,
      fitContext(),
    );
    // Mean 3.5: residuals −3.5, −2.5, 1.5, 4.5. Splits gain 49/3, 36 and 27: the middle one.
    expect([
      ...(await model.predict({ values: Float64Array.of(2, 2.4999, 2.5, 2.5001), rows: 4, columns: 1 })),
    ]).toEqual([0.5, 0.5, 0.5, 6.5]);
    const [tree] = model.treeStructure!().trees;
    expect(tree).toMatchObject({
      feature: Int32Array.of(0, -1, -1),
      threshold: Float64Array.of(2.5, 0, 0),
      left: Int32Array.of(1, -1, -1),
      right: Int32Array.of(2, -1, -1),
      cover: Float64Array.of(4, 2, 2),
    });
    expect([...tree!.values]).toEqual([0, -3, 3]);
  });

  it('shrinks them by L1, L2 and the learning rate', async () => {
    const data = table([[1], [2], [3], [4]], [0, 1, 5, 8]);
    const parameters = { ...one, regAlpha: 2, regLambda: 2, learningRate: 0.5 };
    const model = await gradientBoostingRegressionFamily.fit(data, parameters, fitContext());
    const step = (0.5 * (6 - 2)) / (2 + 2);
    expect([...(await model.predict(data.features))]).toEqual([3.5 - step, 3.5 - step, 3.5 + step, 3.5 + step]);
  });

  it('weighs the rows of a regression', async () => {
    const data = table([[1], [1], [2]], [0, 3, 10], { weights: [2, 1, 1] });
    const model = await gradientBoostingRegressionFamily.fit(data, one, fitContext());
    // Left: (2·0 + 1·3) / 3.
    const [left, , right] = await model.predict(data.features);
    expect(left).toBeCloseTo(1, 14);
    expect(right).toBeCloseTo(10, 14);
  });

  it('moves the log odds of two classes by −Σ(p − y) / Σ p(1 − p)', async () => {
    const data = table([[1], [1], [1], [2]], [0, 0, 1, 1], { classes: ['down', 'up'] });
    const model = await gradientBoostingFamily.fit(data, one, fitContext());
    // p = 1/2 everywhere: left G = 1/2, H = 3/4; right G = −1/2, H = 1/4.
    const up = (score: number) => 1 / (1 + Math.exp(-score));
    const answers = await model.predict(data.features);
    expect(answers[1]).toBeCloseTo(up(-(1 / 2) / (3 / 4)), 14);
    expect(answers[7]).toBeCloseTo(up(1 / 2 / (1 / 4)), 14);
    expect(answers[6]! + answers[7]!).toBe(1);
  });

  it('moves the scores of three classes by −G / H, with H raised by 3/2', async () => {
    const data = table([[1], [1], [2]], [0, 1, 2], { classes: ['down', 'up', 'flat'] });
    const model = await gradientBoostingFamily.fit(data, one, fitContext());
    // p = 1/3 everywhere. Left: G = 2/3 − 1 for down and up, 2/3 for flat, H = 3/2 · 2 · 2/9 = 2/3. Right: H = 1/3.
    const left = [1 / 3, 1 / 3, -2 / 3].map((minusG) => Math.exp(minusG / (2 / 3)));
    const right = [-1 / 3, -1 / 3, 2 / 3].map((minusG) => Math.exp(minusG / (1 / 3)));
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const expected = [left, left, right].flatMap((own) => own.map((value) => value / sum(own)));
    (await model.predict(data.features)).forEach((p, i) => {
      expect(p).toBeCloseTo(expected[i]!, 14);
    });
  });

  it('starts from the prior: a constant feature leaves log(n₁ / n₀)', async () => {
    const data = table([[1], [1], [1], [1]], [0, 1, 1, 1], { classes: ['down', 'up'] });
    const model = await gradientBoostingFamily.fit(data, one, fitContext());
    expect(model.treeStructure!().base[0]).toBeCloseTo(Math.log(3 / 1), 14);
    expect((await model.predict(data.features))[1]).toBeCloseTo(3 / 4, 14);
    expect(model.featureImportance).toBeUndefined();
  });

  it('sends missing values to the side they resemble', async () => {
    const x = Number.NaN;
    for (const [missing, side] of [
      [0, 1],
      [9, 4],
    ] as const) {
      const data = table([[1], [2], [3], [4], [x], [x]], [0, 0, 9, 9, missing, missing]);
      const model = await gradientBoostingRegressionFamily.fit(data, one, fitContext());
      const answers = await model.predict({ values: Float64Array.of(x, side), rows: 2, columns: 1 });
      expect(answers[0]).toBe(answers[1]);
      expect(answers[0]).toBeCloseTo(missing, 12);
    }
  });

  it('parts missing values from all others where that is what tells', async () => {
    const x = Number.NaN;
    const data = table([[1], [2], [x], [x]], [3, 3, 7, 7]);
    const model = await gradientBoostingRegressionFamily.fit(data, one, fitContext());
    const probe = { values: Float64Array.of(-Number.MAX_VALUE, Number.MAX_VALUE, x), rows: 3, columns: 1 };
    expect([...(await model.predict(probe))]).toEqual([3, 3, 7]);
  });

  it('sends a missing value that training never saw where most rows go', async () => {
    for (const [targets, expected] of [
      [[0, 0, 0, 8], 0],
      [[0, 8, 8, 8], 8],
    ] as const) {
      const data = table([[1], [2], [3], [4]], targets);
      const model = await gradientBoostingRegressionFamily.fit(data, one, fitContext());
      expect((await model.predict({ values: Float64Array.of(Number.NaN), rows: 1, columns: 1 }))[0]).toBe(expected);
    }
  });

  it('keeps the better of two features and gives it all the importance', async () => {
    const data = table(
      [
        [1, 1],
        [2, 1],
        [1, 2],
        [2, 2],
      ],
      [0, 1, 10, 11],
    );
    const model = await gradientBoostingRegressionFamily.fit(data, one, fitContext());
    expect([...model.featureImportance!()]).toEqual([0, 1]);
  });

  it('shares importance by gain', async () => {
    const data = table(
      [
        [1, 1],
        [2, 1],
        [1, 2],
        [2, 2],
      ],
      [0, 2, 10, 12],
    );
    const model = await gradientBoostingRegressionFamily.fit(data, { ...one, numLeaves: 4 }, fitContext());
    // f1 first: sides of G = ±10, H = 2 gain 50 + 50. Then f0 twice: residuals ±1 gain 1 + 1 each.
    const [f0, f1] = model.featureImportance!();
    expect(f0).toBeCloseTo(4 / 104, 12);
    expect(f1).toBeCloseTo(100 / 104, 12);
  });
});

describe('a split must', () => {
  const lone = table([[1], [2], [3], [4], [5], [6]], [50, 0, 0, 1, 1, 1]);

  it.each([
    [1, [1, 5]],
    [2, [2, 4]],
    [3, [3, 3]],
  ] as const)('leave at least %i rows on either side', async (minChildSamples, sizes) => {
    const model = await gradientBoostingRegressionFamily.fit(lone, { ...one, minChildSamples }, fitContext());
    expect([...model.treeStructure!().trees[0]!.cover].slice(1)).toEqual(sizes);
  });

  it('count rows, not their weights', async () => {
    const data = table([[1], [2], [3], [4], [5], [6]], [50, 0, 0, 1, 1, 1], { weights: [9, 0.1, 0.1, 0.1, 0.1, 0.1] });
    const model = await gradientBoostingRegressionFamily.fit(data, { ...one, minChildSamples: 2 }, fitContext());
    expect(model.treeStructure!().trees[0]!.threshold[0]).toBe(2.5);
  });

  it('count rows exactly where their Hessians differ', async () => {
    // After a first round the probabilities, and so the Hessians, differ widely.
    const features = Array.from({ length: 60 }, (_, i) => [i, (i * 7) % 11]);
    const targets = features.map(([i]) => (i! < 55 ? 0 : i! % 2));
    const data = table(features, targets, { classes: ['down', 'up'] });
    const parameters = { nEstimators: 20, numLeaves: 8, minChildSamples: 7, minChildWeight: 0 };
    const model = await gradientBoostingFamily.fit(data, parameters, fitContext());
    const covers = model.treeStructure!().trees.flatMap((tree) => [...tree.cover]);
    expect(covers.length).toBeGreaterThan(40);
    expect(Math.min(...covers)).toBe(7);
  });

  it('leave the least Σ Hessians on either side', async () => {
    const data = table([[1], [2], [3], [4]], [9, 0, 0, 0], { weights: [0.5, 1, 1, 1] });
    const model = await gradientBoostingRegressionFamily.fit(data, { ...one, minChildWeight: 1.5 }, fitContext());
    expect(model.treeStructure!().trees[0]!.threshold[0]).toBe(2.5);
  });

  it('gain more than the least gain', async () => {
    const data = table([[1], [2]], [0, 2]);
    const split = async (minSplitGain: number) =>
      (await gradientBoostingRegressionFamily.fit(data, { ...one, minSplitGain }, fitContext())).treeStructure!()
        .trees[0]!.feature.length;
    // G = ±1, H = 1 on either side: a gain of 1 + 1.
    expect(await split(1.999)).toBe(3);
    expect(await split(2)).toBe(1);
  });

  it('gain something: rounding is no gain', async () => {
    const data = table(
      Array.from({ length: 300 }, (_, i) => [i, (i * 37) % 101]),
      Array.from({ length: 300 }, () => 0.1),
    );
    const model = await gradientBoostingRegressionFamily.fit(
      data,
      { ...one, numLeaves: 31, nEstimators: 5 },
      fitContext(),
    );
    expect(model.treeStructure!().trees.map((tree) => tree.feature.length)).toEqual([1]);
    expect(model.featureImportance).toBeUndefined();
  });

  it('stay within the depth', async () => {
    const data = table(
      Array.from({ length: 64 }, (_, i) => [i]),
      Array.from({ length: 64 }, (_, i) => i * i),
    );
    const leaves = async (maxDepth: number) => {
      const model = await gradientBoostingRegressionFamily.fit(data, { ...one, numLeaves: 31, maxDepth }, fitContext());
      return model.treeStructure!().trees[0]!.feature.filter((column) => column < 0).length;
    };
    expect(await leaves(1)).toBe(2);
    expect(await leaves(3)).toBe(8);
    expect(await leaves(0)).toBe(31);
  });
});
