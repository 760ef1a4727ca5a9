import type { Dataset, FitContext, ModelFamily } from '@mlperf/core';
import { requireFitArguments } from '../fit-arguments.ts';
import { compileForest } from './compiled-forest.ts';
import { decodeRegressionFile } from './forest-file.ts';
import { growForest, requireRunning } from './growth/grow-forest.ts';
import { regressionGrowthData } from './growth/training-data.ts';
import { RANDOM_FOREST_REGRESSION } from './model-type.ts';
import { outOfBag } from './out-of-bag.ts';
import {
  featuresPerSplit,
  type RandomForestRegressionParameters,
  randomForestRegressionDefaults,
  randomForestSearchSpace,
  requireRegressionParameters,
} from './parameters.ts';
import { FOREST_REQUIREMENTS } from './random-forest-family.ts';
import { type RandomForestModel, randomForestRegressionModel } from './random-forest-model.ts';
import { requireSeed } from './training-checks.ts';
import { validationScore } from './validation-score.ts';

/** As `ModelFamily`, with what a forest adds to its models. */
export interface RandomForestRegressionFamily extends ModelFamily<RandomForestRegressionParameters> {
  fit(
    train: Dataset,
    params: Partial<RandomForestRegressionParameters>,
    context: FitContext,
  ): Promise<RandomForestModel>;
  load(bytes: Uint8Array): Promise<RandomForestModel>;
}

/**
 * Random forests for values, such as returns: splits lower the squared error, leaves answer the mean of their rows.
 * Otherwise as {@link randomForestFamily}; `report(trees, −RMSE)` on validation rows, so that larger is better.
 */
export const randomForestRegressionFamily: RandomForestRegressionFamily = {
  modelType: RANDOM_FOREST_REGRESSION,
  task: 'regression',
  searchSpace: randomForestSearchSpace,
  defaults: randomForestRegressionDefaults,
  requirements: FOREST_REQUIREMENTS,
  async fit(train, given, context) {
    requireFitArguments(train, context);
    const parameters = requireRegressionParameters(given);
    const { seed, signal, validation } = context;
    requireSeed(seed);
    const poll = () => requireRunning(signal);
    const data = await regressionGrowthData(train, { maxBins: parameters.maxBins, poll });
    const featureNames = [...train.featureNames];
    const plan = {
      modelType: RANDOM_FOREST_REGRESSION,
      data,
      limits: {
        ...parameters,
        criterion: 'squared-error' as const,
        features: featuresPerSplit(parameters.maxFeatures, featureNames.length),
      },
      parameters,
      score: validation === undefined ? undefined : validationScore(validation, { featureNames, poll }),
    };
    const forest = await growForest(plan, context);
    const answers = parameters.outOfBag
      ? await outOfBag(plan, compileForest(forest, { task: 'regression', poll }), train.targets, seed, poll)
      : undefined;
    const summary = answers === undefined ? {} : { outOfBag: { score: answers.score, rows: answers.rows } };
    const model = randomForestRegressionModel(
      { engine: 'histogram', task: 'regression', classes: [], featureNames, parameters, seed, forest, ...summary },
      answers,
      poll,
    );
    poll();
    return model;
  },
  async load(bytes) {
    return randomForestRegressionModel(decodeRegressionFile(bytes));
  },
};
