// Class weights
export { type ClassWeights, rowWeights } from './class-weights.ts';
// Gradient boosting
export {
  gradientBoostingFamily,
  gradientBoostingRegressionFamily,
} from './gradient-boosting/gradient-boosting-family.ts';
export {
  type GradientBoostingClassifierParameters,
  type GradientBoostingParameters,
  gradientBoostingDefaults,
  gradientBoostingSearchSpace,
  type MonotoneConstraint,
} from './gradient-boosting/parameters.ts';
// Preprocessing
export { type ImputationOptions, imputation } from './preprocessing/imputation.ts';
export { type MinMaxScalingOptions, minMaxScaling } from './preprocessing/min-max-scaling.ts';
export { type OneHotOptions, oneHot } from './preprocessing/one-hot.ts';
export { type FittedPipeline, fitPipeline, restorePipeline } from './preprocessing/pipeline.ts';
export type { ColumnChoice, FittedStep, PreprocessingStep } from './preprocessing/preprocessing-step.ts';
export { type QuantileScalingOptions, quantileScaling } from './preprocessing/quantile-scaling.ts';
export { type RobustScalingOptions, robustScaling } from './preprocessing/robust-scaling.ts';
export { standardScaling } from './preprocessing/standard-scaling.ts';
export { type WinsorizingOptions, winsorizing } from './preprocessing/winsorizing.ts';
export { type WithPreprocessingOptions, withPreprocessing } from './preprocessing/with-preprocessing.ts';
// Random forest

// LSTM networks
export { type ExportOptions, exportLayersModel } from './lstm/export-layers-model.ts';
export { type ImportOptions, importLayersModel } from './lstm/import-layers-model.ts';
export type {
  LayerJson,
  LayersModelFiles,
  LayersModelJson,
  WeightEntryJson,
} from './lstm/layers-model/layers-model.ts';
export { lstmFamily, lstmRegressionFamily } from './lstm/lstm-family.ts';
export { type LstmParameters, lstmDefaults, lstmSearchSpace } from './lstm/parameters.ts';
// Limits of a model file
export { MAX_MODEL_BYTES } from './model-file.ts';
export { randomForestJson } from './random-forest/forest-file.ts';
export type {
  ForestJson,
  LeafNodeJson,
  SplitNodeJson,
  TreeJson,
  TreeNodeJson,
  TreeOptionsJson,
} from './random-forest/forest-json.ts';
export {
  type RandomForestParameters,
  randomForestDefaults,
  randomForestSearchSpace,
} from './random-forest/parameters.ts';
export { randomForestFamily } from './random-forest/random-forest-family.ts';
