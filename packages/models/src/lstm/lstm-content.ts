import type { FeatureScaling, LayersNetwork } from './layers-model/layers-model.ts';
import type { LstmModelType } from './model-type.ts';
import type { LstmParameters } from './parameters.ts';

/** Standardisation of a regression's target: value = mean + scale · output. */
export interface TargetScaling {
  readonly mean: number;
  /** Above 0. */
  readonly scale: number;
}

/** Everything a model file holds. */
export interface LstmContent {
  readonly modelType: LstmModelType;
  /** Empty for a regression. Two: one output, the probability of the second; more: one output each. */
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  readonly scaling: FeatureScaling;
  /** Of a regression. */
  readonly target?: TargetScaling;
  readonly network: LayersNetwork;
  /** How it was trained; absent for a model trained elsewhere. */
  readonly training?: { readonly parameters: LstmParameters; readonly seed: string };
}
