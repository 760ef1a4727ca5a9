import {
  type Dataset,
  type FamilyRequirements,
  type FitContext,
  InvalidInputError,
  type ModelFamily,
  type TrainedModel,
} from '@mlperf/core';
import { type ClassWeights, requireClassWeights } from '../class-weights.ts';
import { requireFitArguments } from '../fit-arguments.ts';
import { requireRunning } from '../require-running.ts';
import { boost } from './boost.ts';
import { decodeBoostingFile } from './boosting-file.ts';
import { gradientBoostingModel } from './gradient-boosting-model.ts';
import { holdTailBack } from './held-back.ts';
import { HeldOutScores } from './held-out-scores.ts';
import { MAX_TEXT } from './limits.ts';
import { GRADIENT_BOOSTING, GRADIENT_BOOSTING_REGRESSION } from './model-type.ts';
import { objectiveOf } from './objective-of.ts';
import {
  constraintsByColumn,
  type GradientBoostingClassifierParameters,
  type GradientBoostingParameters,
  gradientBoostingDefaults,
  gradientBoostingSearchSpace,
  requireBoostingParameters,
} from './parameters.ts';
import { requireTrainingData, requireTwoClasses, requireValidationData } from './training-data.ts';

const REQUIREMENTS: FamilyRequirements = Object.freeze({
  missingValues: 'handled',
  scaling: 'none',
  series: false,
  weights: true,
});

/**
 * Gradient boosted trees for two classes (logistic loss) or more (softmax, one tree per class and round).
 *
 * Trees grow leaf by leaf on histograms of up to 256 bins; leaf values are −T(G)/(H + λ) times the learning rate. A
 * missing value goes the way that lowered the loss in training; at a node that no row with a missing value reached,
 * the way most rows go. Weights of the data set, times `classWeights`, weigh the loss. Parameters and their meaning
 * are LightGBM's, but that `subsample` below 1 draws rows for every round and `minChildSamples` counts rows exactly.
 *
 * With `earlyStoppingRounds`, the newest rows are held back and decide the best round; rows whose labels reach into
 * their time are purged. `report(round, accuracy)` is called each round on the validation rows, if given, else on the
 * rows held back; on `stop` the model so far is returned (its best round, where rows are held back).
 *
 * @remarks Monotone constraints bind the probability of the second of two classes.
 * @see Friedman (2001), doi:10.1214/aos/1013203451; Chen & Guestrin (2016), doi:10.1145/2939672.2939785; Ke et al.
 * (2017), LightGBM, NeurIPS 30
 */
export const gradientBoostingFamily: ModelFamily<GradientBoostingClassifierParameters> = {
  modelType: GRADIENT_BOOSTING,
  task: 'classification',
  searchSpace: gradientBoostingSearchSpace,
  defaults: gradientBoostingDefaults,
  requirements: REQUIREMENTS,
  async fit(train, given, context) {
    const parameters = requireBoostingParameters(given, ['classWeights']);
    return trainModel(train, parameters, requireClassWeights(given.classWeights), 'classification', context);
  },
  async load(bytes) {
    return gradientBoostingModel(decodeBoostingFile('classification', bytes));
  },
};

/** As {@link gradientBoostingFamily}, for values: squared error. `report(round, −RMSE)`: the larger the better. */
export const gradientBoostingRegressionFamily: ModelFamily<GradientBoostingParameters> = {
  modelType: GRADIENT_BOOSTING_REGRESSION,
  task: 'regression',
  searchSpace: gradientBoostingSearchSpace,
  defaults: gradientBoostingDefaults,
  requirements: REQUIREMENTS,
  async fit(train, given, context) {
    return trainModel(train, requireBoostingParameters(given), undefined, 'regression', context);
  },
  async load(bytes) {
    return gradientBoostingModel(decodeBoostingFile('regression', bytes));
  },
};

async function trainModel(
  given: Dataset,
  parameters: GradientBoostingParameters,
  classWeights: ClassWeights | undefined,
  task: 'classification' | 'regression',
  context: FitContext,
): Promise<TrainedModel> {
  requireFitArguments(given, context);
  requireSeed(context.seed);
  const all = requireTrainingData(given, task, classWeights);
  const { featureNames } = given;
  const classes = given.classes ?? [];
  const monotone = constraintsByColumn(parameters.monotoneConstraints, featureNames);
  if (classes.length > 2 && monotone.some((direction) => direction !== 0)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `monotoneConstraints need two classes or a regression; got ${classes.length} classes`,
    );
  }
  const early = parameters.earlyStoppingRounds > 0;
  const look = () =>
    requireRunning(context.signal, task === 'classification' ? GRADIENT_BOOSTING : GRADIENT_BOOSTING_REGRESSION);
  const { train, tail } = early ? holdTailBack(all, parameters.validationShare, look) : { train: all, tail: undefined };
  requireTwoClasses(train.dataset);
  const { validation } = context;
  if (validation !== undefined) requireValidationData(validation, given, task);

  const objective = objectiveOf(classes.length);
  const initialScores = objective.initialScores({ targets: train.dataset.targets, weights: train.weights });
  const held = tail && new HeldOutScores(tail.dataset, tail.weights, objective, initialScores);
  const judged = validation ? new HeldOutScores(validation, undefined, objective, initialScores) : held;
  const trees = await boost({ train, objective, initialScores, parameters, monotone, tail: held, judged }, context);
  return gradientBoostingModel({
    classes: [...classes],
    featureNames: [...featureNames],
    parameters: classWeights === undefined ? parameters : { ...parameters, classWeights },
    seed: context.seed,
    initialScores,
    trees,
  });
}

function requireSeed(seed: unknown): void {
  if (typeof seed !== 'string' || seed.length > MAX_TEXT) {
    throw new InvalidInputError('INVALID_TYPE', `seed must be a text of at most ${MAX_TEXT} characters`);
  }
}
