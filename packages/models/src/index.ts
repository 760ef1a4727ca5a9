// Baselines
export {
  compareValuesWithBaselines,
  type ValueComparison,
  type ValueComparisonOptions,
  type ValueScores,
} from './baselines/compare-values-with-baselines.ts';
export {
  type BaselineComparison,
  type ComparisonOptions,
  compareWithBaselines,
  type TestScores,
} from './baselines/compare-with-baselines.ts';
export { type LastSignParameters, lastSignFamily } from './baselines/last-sign.ts';
export {
  type LogisticRegressionParameters,
  logisticRegressionDefaults,
  logisticRegressionSearchSpace,
} from './baselines/logistic-parameters.ts';
export { logisticRegressionFamily } from './baselines/logistic-regression.ts';
export { type MajorityClassParameters, majorityClassFamily } from './baselines/majority-class.ts';
// Class weights
export { type ClassWeights, rowWeights } from './class-weights.ts';
// Combination
export { FixedShare, type FixedShareOptions } from './combination/fixed-share.ts';
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
// LSTM engines
export type {
  LstmBatch,
  LstmEngine,
  LstmHead,
  LstmNetwork,
  LstmShape,
  LstmTraining,
  LstmWindows,
} from './lstm/engine.ts';
export { adoptLstmKernel, compileLstmKernel, type KernelArithmetic } from './lstm/kernel/kernel-module.ts';
export { lstmKernelEngine, wasmLstmEngine } from './lstm/kernel/wasm-engine.ts';
export type { CompiledKernel } from './lstm/kernel/web-assembly.ts';
// Preprocessing
export { type FeatureSelectionOptions, featureSelection } from './preprocessing/feature-selection.ts';
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
export { type UndersamplingOptions, withUndersampling } from './preprocessing/with-undersampling.ts';
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
export { type LstmFamily, lstmFamily, lstmRegressionFamily } from './lstm/lstm-family.ts';
export { type LstmParameters, lstmDefaults, lstmSearchSpace } from './lstm/parameters.ts';
// Limits of a model file
export { MAX_MODEL_BYTES } from './model-file.ts';
export type { Voting } from './random-forest/compiled-forest.ts';
export type { OutOfBagSummary } from './random-forest/forest-content.ts';
export { randomForestJson } from './random-forest/forest-file.ts';
export type {
  ForestJson,
  LeafNodeJson,
  SplitNodeJson,
  TreeJson,
  TreeNodeJson,
  TreeOptionsJson,
} from './random-forest/library/forest-json.ts';
export { type LibraryForestNames, randomForestFromJson } from './random-forest/library/from-library-json.ts';
export { type LibraryForestParameters, libraryForestDefaults } from './random-forest/library/library-parameters.ts';
export type { OutOfBag } from './random-forest/out-of-bag.ts';
export {
  type ForestGrowthParameters,
  type MaxFeatures,
  type RandomForestParameters,
  type RandomForestRegressionParameters,
  randomForestDefaults,
  randomForestRegressionDefaults,
  randomForestSearchSpace,
} from './random-forest/parameters.ts';
export { type RandomForestFamily, randomForestFamily } from './random-forest/random-forest-family.ts';
export type { RandomForestModel } from './random-forest/random-forest-model.ts';
export {
  type RandomForestRegressionFamily,
  randomForestRegressionFamily,
} from './random-forest/random-forest-regression-family.ts';
