import type { ModelFamily, TrainedModel } from '@mlperf/core';
import { type ClassWeights, requireClassWeights, rowWeights } from '../class-weights.ts';
import { requireTrainingData } from '../training-data.ts';
import { decodeJsonModel, encodeJsonModel, storedClasses, storedFeatures, storedShares } from './json-model-file.ts';
import {
  requireClasses,
  requireFeatures,
  requireKnown,
  requireOut,
  requireTwoClasses,
  weightOfClasses,
} from './training-classes.ts';

const MODEL_TYPE = 'majority-class';
const KIND = { family: MODEL_TYPE, formatVersion: 1 };

export interface MajorityClassParameters {
  readonly classWeights?: ClassWeights;
}

/**
 * The baseline that looks at nothing: every row gets the weighted share of each class among the training rows, so its
 * decision is the most frequent class. A model that does not beat it has learned nothing of the features.
 */
export const majorityClassFamily: ModelFamily<MajorityClassParameters> = {
  modelType: MODEL_TYPE,
  task: 'classification',
  searchSpace: {},
  defaults: {},
  requirements: { missingValues: 'handled', scaling: 'none', series: false, weights: true },
  async fit(train, params, context) {
    requireKnown(params, ['classWeights'], MODEL_TYPE);
    const classWeights = requireClassWeights(params.classWeights);
    requireTrainingData(train, context, MODEL_TYPE, 'allowed');
    const classes = requireClasses(train, MODEL_TYPE);
    const sums = weightOfClasses(train, classes.length, rowWeights(train, classWeights), context.signal);
    requireTwoClasses(sums, classes);
    const total = sums.reduce((sum, weight) => sum + weight, 0);
    context.onProgress(1);
    return majorityModel(
      [...classes],
      [...train.featureNames],
      sums.map((weight) => weight / total),
    );
  },
  async load(bytes) {
    const raw = decodeJsonModel(KIND, bytes, ['classes', 'featureNames', 'shares']);
    const classes = storedClasses(raw.classes);
    return majorityModel(classes, storedFeatures(raw.featureNames), storedShares(raw.shares, 'shares', classes.length));
  },
};

function majorityModel(
  classes: readonly string[],
  featureNames: readonly string[],
  shares: Float64Array,
): TrainedModel {
  return {
    modelType: MODEL_TYPE,
    classes,
    featureNames,
    lookBack: 0,
    missingValues: 'handled',
    predict(features, out = new Float64Array(features.rows * classes.length)) {
      requireFeatures(features, featureNames.length, 'allowed');
      requireOut(out, features.rows * classes.length);
      for (let i = 0; i < out.length; i++) out[i] = shares[i % classes.length]!;
      return out;
    },
    serialize: () =>
      encodeJsonModel(KIND, { classes: [...classes], featureNames: [...featureNames], shares: [...shares] }),
    // Plain memory: the garbage collector frees it.
    dispose() {},
  };
}
