import { type FlatTree, keyedRandom, matrixFromRows, type TreeStructure } from '@mlperf/core';
import { gradientBoostingFamily, randomForestFamily } from '@mlperf/models';
import { treeShap } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import golden from '../../../golden/tree-shap.json' with { type: 'json' };
import { aSeries } from '../a-series.ts';

type Sample = (typeof golden.cases)[number];

function structureOf({ trees, classes, probe }: Sample): TreeStructure {
  const outputs = Math.max(1, classes);
  return {
    featureNames: probe[0]!.map((_, i) => `f${i}`),
    classes: Array.from({ length: classes }, (_, i) => `c${i}`),
    output: classes === 0 ? 'value' : 'probability',
    outputs,
    base: new Float64Array(outputs),
    scale: 1 / trees.length,
    trees: trees.map(
      (tree): FlatTree => ({
        feature: Int32Array.from(tree.feature),
        threshold: Float64Array.from(tree.threshold),
        left: Int32Array.from(tree.left),
        right: Int32Array.from(tree.right),
        missingLeft: new Uint8Array(tree.feature.length),
        values: Float64Array.from(tree.values),
        cover: Float64Array.from(tree.cover),
      }),
    ),
  };
}

/** E[raw | x_S] of one tree, as its definition says. */
function conditional(tree: FlatTree, x: readonly number[], known: ReadonlySet<number>, node = 0): number {
  const feature = tree.feature[node]!;
  if (feature < 0) return tree.values[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  if (known.has(feature)) {
    const goesLeft = Number.isNaN(x[feature]) ? tree.missingLeft[node] === 1 : x[feature]! <= tree.threshold[node]!;
    return conditional(tree, x, known, goesLeft ? left : right);
  }
  const share = tree.cover[left]! / tree.cover[node]!;
  return share * conditional(tree, x, known, left) + (1 - share) * conditional(tree, x, known, right);
}

/** Shapley values by going through every subset. */
function bruteForce(structure: TreeStructure, x: readonly number[]): number[] {
  const m = structure.featureNames.length;
  const worth = (known: ReadonlySet<number>) =>
    structure.trees.reduce((sum, tree) => sum + structure.scale * conditional(tree, x, known), 0);
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Array.from({ length: m }, (_, f) => {
    let value = 0;
    for (let mask = 0; mask < 2 ** m; mask++) {
      if (mask & (1 << f)) continue;
      const known = new Set(Array.from({ length: m }, (_, i) => i).filter((i) => mask & (1 << i)));
      const weight = (factorial(known.size) * factorial(m - known.size - 1)) / factorial(m);
      value += weight * (worth(new Set([...known, f])) - worth(known));
    }
    return value;
  });
}

describe('Shapley values of trees', () => {
  it.each(golden.cases)('equal those of shap, $classes classes', (sample) => {
    const found = treeShap(structureOf(sample), matrixFromRows(sample.probe));
    found.expected.forEach((value, o) => {
      expect(value).toBeCloseTo(sample.expected[o]!, 10);
    });
    expect(found.values).toHaveLength(sample.values.length);
    found.values.forEach((value, i) => {
      expect(value).toBeCloseTo(sample.values[i]!, 10);
    });
  });

  it('equal their definition on a tree that asks for a feature twice, and where values are missing', () => {
    const random = keyedRandom('shap');
    // A full tree of depth 4 over 3 features.
    const inner = 15;
    const nodes = 31;
    const tree: FlatTree = {
      feature: Int32Array.from({ length: nodes }, (_, i) => (i < inner ? i % 3 : -1)),
      threshold: Float64Array.from({ length: nodes }, (_, i) => (i < inner ? random.next() - 0.5 : 0)),
      left: Int32Array.from({ length: nodes }, (_, i) => (i < inner ? 2 * i + 1 : -1)),
      right: Int32Array.from({ length: nodes }, (_, i) => (i < inner ? 2 * i + 2 : -1)),
      missingLeft: Uint8Array.from({ length: nodes }, (_, i) => i % 2),
      values: Float64Array.from({ length: nodes }, () => random.next()),
      cover: new Float64Array(nodes),
    };
    for (let i = nodes - 1; i >= 0; i--) {
      tree.cover[i] = i < inner ? tree.cover[2 * i + 1]! + tree.cover[2 * i + 2]! : 1 + Math.floor(9 * random.next());
    }
    const structure: TreeStructure = {
      ...{ featureNames: ['a', 'b', 'c'], classes: [], output: 'value', outputs: 1 },
      ...{ base: Float64Array.of(0.25), scale: 1, trees: [tree] },
    };
    for (let i = 0; i < 20; i++) {
      const row = [0, 1, 2].map((f) => ((i + f) % 5 === 0 ? Number.NaN : random.next() - 0.5));
      const { values } = treeShap(structure, { values: Float64Array.from(row), rows: 1, columns: 3 });
      const expected = bruteForce(structure, row);
      values.forEach((value, f) => {
        expect(value).toBeCloseTo(expected[f]!, 12);
      });
    }
  });

  it.each([randomForestFamily, gradientBoostingFamily])('of $modelType sum to its raw output', async (family) => {
    const data = aSeries(120);
    const context = {
      seed: 's',
      signal: new AbortController().signal,
      report: async () => 'continue' as const,
      onProgress: () => {},
    };
    const model = await family.fit(data, { nEstimators: 12 } as never, context);
    const structure = model.treeStructure!();
    const { values, expected, features, outputs } = treeShap(structure, data.features);
    const probabilities = await model.predict(data.features);
    for (let row = 0; row < 20; row++) {
      const raw = Array.from({ length: outputs }, (_, o) => {
        let sum = expected[o]!;
        for (let f = 0; f < features; f++) sum += values[(row * features + f) * outputs + o]!;
        return sum;
      });
      const up = structure.output === 'probability' ? raw[1]! : 1 / (1 + Math.exp(-raw[0]!));
      expect(up).toBeCloseTo(probabilities[row * 2 + 1]!, 9);
    }
    model.dispose();
  });

  it('refuse rows of other columns', () => {
    const structure = structureOf(golden.cases[0]!);
    expect(() => treeShap(structure, matrixFromRows([[1, 2]]))).toThrow(/must have 4 columns.*got 2/);
  });
});
