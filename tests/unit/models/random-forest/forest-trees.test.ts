import { readFileSync } from 'node:fs';
import { createDataset } from '@mlperf/core';
import { type RandomForestParameters, randomForestFamily, randomForestRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { fitContext } from './noisy-rule.ts';

interface GoldenCase {
  readonly name: string;
  readonly input: {
    readonly features: number[][];
    readonly targets: number[];
    readonly classes: number | null;
    readonly weights: number[] | null;
    readonly options: {
      readonly max_depth: number;
      readonly min_samples_leaf: number;
      readonly criterion?: 'gini' | 'entropy';
      readonly min_impurity_decrease?: number;
      readonly class_weight?: 'balanced';
    };
    readonly probe: number[][];
  };
  readonly expected: {
    readonly answers: (number | number[])[];
    readonly featureImportance: number[];
    readonly nodes: number;
  };
}

const golden: { readonly tolerance: number; readonly cases: readonly GoldenCase[] } = JSON.parse(
  readFileSync(new URL('../../../golden/forest-trees.json', import.meta.url), 'utf8'),
);

function datasetOf({ features, targets, classes, weights }: GoldenCase['input']) {
  return createDataset({
    features,
    featureNames: features[0]!.map((_, i) => `f${i}`),
    targets,
    ...(classes === null ? {} : { classes: Array.from({ length: classes }, (_, i) => `class ${i}`) }),
    ...(weights === null ? {} : { weights }),
    timestamps: targets.map((_, i) => i),
    labelEndsAt: targets.map((_, i) => i),
  });
}

/** One tree on all rows that tries every column: nothing is left to chance but ties, and the data have none. */
function fitTree({ input }: GoldenCase) {
  const { options } = input;
  const growth = {
    nEstimators: 1,
    bootstrap: false,
    maxFeatures: 1,
    maxDepth: options.max_depth,
    minSamplesLeaf: options.min_samples_leaf,
    minImpurityDecrease: options.min_impurity_decrease ?? 0,
  };
  if (input.classes === null) return randomForestRegressionFamily.fit(datasetOf(input), growth, fitContext());
  const parameters: Partial<RandomForestParameters> = {
    ...growth,
    criterion: options.criterion ?? 'gini',
    ...(options.class_weight === undefined ? {} : { classWeights: options.class_weight }),
  };
  return randomForestFamily.fit(datasetOf(input), parameters, fitContext());
}

describe('one tree on all rows and columns', () => {
  it.each(golden.cases.map((item) => [item.name, item] as const))(
    'answers as the CART of scikit-learn: %s',
    async (_, item) => {
      const { probe } = item.input;
      const model = await fitTree(item);
      const values = Float64Array.from(probe.flat());
      const answers = await model.predict({ values, rows: probe.length, columns: probe[0]!.length });
      item.expected.answers.flat().forEach((expected, i) => {
        expect(Math.abs(answers[i]! - expected)).toBeLessThanOrEqual(golden.tolerance);
      });
      item.expected.featureImportance.forEach((expected, i) => {
        expect(Math.abs(model.featureImportance!()[i]! - expected)).toBeLessThanOrEqual(golden.tolerance);
      });
      // Where class weights are fractions, rounding lets scikit-learn split nodes that hold one class.
      const nodes = model.treeStructure!().trees[0]!.feature.length;
      if (item.input.options.class_weight === undefined) expect(nodes).toBe(item.expected.nodes);
      else expect(nodes).toBeLessThanOrEqual(item.expected.nodes);
    },
  );
});
