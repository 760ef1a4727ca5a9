import type { Dataset, FamilyRequirements, FitContext, ModelFamily } from '@mlperf/core';
import { requireFitArguments } from '../fit-arguments.ts';
import { compileForest } from './compiled-forest.ts';
import { decodeForestFile } from './forest-file.ts';
import { growForest, requireRunning } from './growth/grow-forest.ts';
import { classGrowthData } from './growth/training-data.ts';
import { fitLibraryForest } from './library/fit-library-forest.ts';
import { type LibraryForestParameters, requireLibraryParameters } from './library/library-parameters.ts';
import { RANDOM_FOREST } from './model-type.ts';
import { outOfBag } from './out-of-bag.ts';
import {
  featuresPerSplit,
  type RandomForestParameters,
  randomForestDefaults,
  randomForestSearchSpace,
  requireRandomForestParameters,
} from './parameters.ts';
import { type RandomForestModel, randomForestModel } from './random-forest-model.ts';
import { requireSeed } from './training-checks.ts';
import { validationScore } from './validation-score.ts';

/** Only the order of values matters to a tree. */
export const FOREST_REQUIREMENTS: FamilyRequirements = Object.freeze({
  missingValues: 'refused',
  scaling: 'none',
  series: false,
  weights: true,
});

/** As `ModelFamily`, with what a forest adds to its models. */
export interface RandomForestFamily extends ModelFamily<RandomForestParameters> {
  fit(train: Dataset, params: Partial<RandomForestParameters>, context: FitContext): Promise<RandomForestModel>;
  load(bytes: Uint8Array): Promise<RandomForestModel>;
}

/**
 * Random forests for classes: Breiman (2001), doi:10.1023/A:1010933404324, with probabilities as means of leaf shares.
 *
 * Each tree grows on rows drawn for it, at each split on columns drawn for it, both from (seed, tree number). Rows
 * count by their weight in the data set times that of their class. Values are sorted into at most 256 bins by
 * quantiles; nodes of up to 40 rows are split on the values themselves. With validation rows, `report(trees,
 * accuracy)` is called after each tree; on `stop` the forest grown so far is returned.
 *
 * @remarks About O(trees · rows · features per split · depth); the event loop runs every few milliseconds.
 */
export const randomForestFamily: RandomForestFamily = {
  modelType: RANDOM_FOREST,
  task: 'classification',
  searchSpace: randomForestSearchSpace,
  defaults: randomForestDefaults,
  requirements: FOREST_REQUIREMENTS,
  async fit(train, given, context) {
    requireFitArguments(train, context);
    requireSeed(context.seed);
    if (isForLibrary(given)) {
      const { engine: _engine, ...parameters } = given;
      return randomForestModel(await fitLibraryForest(train, requireLibraryParameters(parameters), context));
    }
    return fitOwnForest(train, requireRandomForestParameters(given), context);
  },
  async load(bytes) {
    return randomForestModel(decodeForestFile(bytes));
  },
};

async function fitOwnForest(
  train: Dataset,
  parameters: RandomForestParameters,
  context: FitContext,
): Promise<RandomForestModel> {
  const { seed, signal, validation } = context;
  const poll = () => requireRunning(signal);
  const { maxBins, classWeights, criterion } = parameters;
  const data = await classGrowthData(train, { maxBins, poll, ...(classWeights === undefined ? {} : { classWeights }) });
  const classes = [...(train.classes ?? [])];
  const featureNames = [...train.featureNames];
  const plan = {
    modelType: RANDOM_FOREST,
    data,
    limits: { ...parameters, criterion, features: featuresPerSplit(parameters.maxFeatures, featureNames.length) },
    parameters,
    voting: parameters.voting,
    score: validation === undefined ? undefined : validationScore(validation, { classes, featureNames, poll }),
  };
  const forest = await growForest(plan, context);
  const answers = parameters.outOfBag
    ? await outOfBag(
        plan,
        compileForest(forest, { task: 'classification', voting: parameters.voting, poll }),
        train.targets,
        seed,
        poll,
      )
    : undefined;
  const summary = answers === undefined ? {} : { outOfBag: { score: answers.score, rows: answers.rows } };
  const model = randomForestModel(
    { engine: 'histogram', task: 'classification', classes, featureNames, parameters, seed, forest, ...summary },
    answers,
    poll,
  );
  poll();
  return model;
}

/** That engine's parameters are checked by its own rules. */
function isForLibrary(
  given: object,
): given is Partial<LibraryForestParameters> & { readonly engine: 'ml-random-forest' } {
  return typeof given === 'object' && given !== null && 'engine' in given && given.engine === 'ml-random-forest';
}
