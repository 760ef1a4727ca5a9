import {
  type Dataset,
  type FitContext,
  float,
  InvalidInputError,
  type Matrix,
  type ModelFamily,
  type TrainedModel,
} from '@mlperf/core';
import type { SerializedModel } from '@mlperf/registry';

export interface RuleParameters {
  /** Probability given to the side taken. */
  readonly certainty: number;
}

/** What a rule model is: it takes the side of the first feature's sign, or the opposite one. */
export interface Rule {
  readonly follow: boolean;
  readonly certainty: number;
  readonly featureNames: readonly string[];
  readonly lookBack?: number;
  readonly missingValues?: 'handled';
}

const CLASSES = ['down', 'up'];

/** Counts what was disposed of, so that a test can see a model go. */
export const disposals: string[] = [];

export function ruleModel(rule: Rule): TrainedModel {
  const bytes = serialized(rule).bytes;
  let disposed = false;
  return {
    modelType: 'rule',
    classes: CLASSES,
    featureNames: rule.featureNames,
    lookBack: rule.lookBack ?? 0,
    ...(rule.missingValues === undefined ? {} : { missingValues: rule.missingValues }),
    predict(features: Matrix) {
      if (disposed) throw new Error('the model was disposed of while in use');
      const lookBack = rule.lookBack ?? 0;
      const out = new Float64Array((features.rows - lookBack) * 2);
      for (let row = 0; row < features.rows - lookBack; row++) {
        const up = features.values[(row + lookBack) * features.columns]! > 0 === rule.follow;
        out[row * 2 + (up ? 1 : 0)] = rule.certainty;
        out[row * 2 + (up ? 0 : 1)] = 1 - rule.certainty;
      }
      return out;
    },
    serialize: () => bytes,
    dispose() {
      if (!disposed) disposals.push(String(rule.certainty));
      disposed = true;
    },
  };
}

export function serialized(rule: Rule): SerializedModel {
  return {
    modelType: 'rule',
    classes: CLASSES,
    featureNames: rule.featureNames,
    lookBack: rule.lookBack ?? 0,
    bytes: new TextEncoder().encode(JSON.stringify(rule)),
  };
}

/** A family that learns in no time whether labels follow the sign of the first feature. */
export const ruleFamily: ModelFamily<RuleParameters> = {
  modelType: 'rule',
  task: 'classification',
  searchSpace: { certainty: float(0.5, 1) },
  defaults: { certainty: 0.8 },
  async fit(train: Dataset, params: Partial<RuleParameters>, context: FitContext) {
    if (context.signal.aborted) throw new InvalidInputError('OUT_OF_RANGE', 'aborted before the start');
    let agreeing = 0;
    for (let row = 0; row < train.features.rows; row++) {
      const up = train.features.values[row * train.features.columns]! > 0;
      if (up === (train.classes?.[train.targets[row]!] === 'up')) agreeing++;
    }
    return ruleModel({
      follow: agreeing * 2 >= train.features.rows,
      certainty: params.certainty ?? 0.8,
      featureNames: train.featureNames,
    });
  },
  async load(bytes) {
    try {
      return ruleModel(JSON.parse(new TextDecoder().decode(bytes)) as Rule);
    } catch (cause) {
      throw new InvalidInputError('MODEL_FORMAT', 'a rule must be JSON', { cause });
    }
  },
};
