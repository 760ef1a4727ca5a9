import { createDataset } from '@mlperf/core';
import {
  type GradientBoostingParameters,
  gradientBoostingFamily,
  gradientBoostingRegressionFamily,
  type MonotoneConstraint,
} from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import golden from '../../../golden/gradient-boosting.json' with { type: 'json' };
import { fitContext } from './boosting-data.ts';

const FEATURES = ['a', 'b', 'c', 'd'];
const CLASSES = ['down', 'up', 'flat'];

interface Extra {
  readonly lambda_l1?: number;
  readonly lambda_l2?: number;
  readonly max_depth?: number;
  readonly min_gain_to_split?: number;
  readonly min_data_in_leaf?: number;
  readonly num_leaves?: number;
  readonly monotone_constraints?: readonly number[];
}

function parametersOf(rounds: number, extra: Extra): Partial<GradientBoostingParameters> {
  const { learning_rate, num_leaves, min_data_in_leaf, min_sum_hessian_in_leaf } = golden.source.parameters;
  const constraints = extra.monotone_constraints ?? [];
  return {
    nEstimators: rounds,
    learningRate: learning_rate,
    numLeaves: extra.num_leaves ?? num_leaves,
    minChildSamples: extra.min_data_in_leaf ?? min_data_in_leaf,
    minChildWeight: min_sum_hessian_in_leaf,
    regAlpha: extra.lambda_l1 ?? 0,
    regLambda: extra.lambda_l2 ?? 0,
    maxDepth: extra.max_depth ?? 0,
    minSplitGain: extra.min_gain_to_split ?? 0,
    monotoneConstraints: Object.fromEntries(
      constraints.map((direction, i) => [FEATURES[i]!, direction as MonotoneConstraint]),
    ),
  };
}

describe(`gradient boosting predicts as ${golden.source.library} does`, () => {
  it.each(golden.cases.map((each) => [each.name, each] as const))('%s', async (_, { input, expected }) => {
    const values = Float64Array.from(input.features.flat(), (value) => value ?? Number.NaN);
    const rows = input.targets.length;
    const dataset = createDataset({
      features: { values, rows, columns: FEATURES.length },
      missingValues: 'allowed',
      featureNames: FEATURES,
      targets: Float64Array.from(input.targets),
      ...(input.classes === 0 ? {} : { classes: CLASSES.slice(0, input.classes) }),
      ...(input.weights === null ? {} : { weights: Float64Array.from(input.weights) }),
      timestamps: Float64Array.from({ length: rows }, (_, i) => i),
      labelEndsAt: Float64Array.from({ length: rows }, (_, i) => i),
    });
    const family = input.classes === 0 ? gradientBoostingRegressionFamily : gradientBoostingFamily;
    const model = await family.fit(dataset, parametersOf(input.rounds, input.extra), fitContext());
    const answers = await model.predict(dataset.features);
    // LightGBM gives two classes as the probability of the second.
    const ours = input.classes === 2 ? answers.filter((_, i) => i % 2 === 1) : answers;
    const theirs = expected.prediction.flat();
    expect(ours.length).toBe(theirs.length);
    const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(golden.tolerance.prediction);
    expected.importance?.forEach((share, i) => {
      expect(Math.abs(share - model.featureImportance!()[i]!)).toBeLessThanOrEqual(golden.tolerance.importance);
    });
  });
});
