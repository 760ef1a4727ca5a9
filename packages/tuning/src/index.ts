// Search spaces, as @mlperf/core defines them
export {
  boolean,
  categorical,
  defineSpace,
  float,
  type InferParameters,
  int,
  type LinearConstraint,
  linearConstraint,
  ordered,
  type RangeOptions,
  type SearchSpace,
  validateParameters,
  when,
} from '@mlperf/core';
// Many processes
export type { WorkerOptions } from './claims/worker-policy.ts';
// Cross-validation
export {
  CombinatorialPurged,
  type CombinatorialPurgedOptions,
  type PathSegment,
} from './cross-validation/combinatorial-purged.ts';
export { KFold, type KFoldOptions } from './cross-validation/k-fold.ts';
export { PurgedKFold, type PurgedKFoldOptions } from './cross-validation/purged-k-fold.ts';
export { PurgedWalkForward, type PurgedWalkForwardOptions } from './cross-validation/purged-walk-forward.ts';
export { mostRecentRows } from './cross-validation/recent-rows.ts';
export { requireSoundFolds } from './cross-validation/sound-folds.ts';
export type { Fold, Splitter } from './cross-validation/splitter.ts';
export { StratifiedKFold } from './cross-validation/stratified-k-fold.ts';
// The tuner
export type { ExperimentDraft } from './experiment-draft.ts';
export { HyperparameterTuner } from './hyperparameter-tuner.ts';
// Importance of parameters
export {
  type ImportanceOptions,
  type ParameterImportance,
  parameterImportance,
  type ScoredPoint,
  studyImportance,
} from './importance/parameter-importance.ts';
// The optimizer
export {
  type ArchitectureRequest,
  type FeatureSelection,
  type FeatureSelectionRequest,
  ModelOptimizer,
  type ModelOptimizerOptions,
  type OptimalArchitecture,
} from './model-optimizer.ts';
// The trainer
export {
  type LoadedExperiment,
  ModelTrainer,
  type ModelTrainerOptions,
  type TrainOptions,
} from './model-trainer.ts';
// Ensembles
export { type EnsembleAnswers, type EnsembleWeights, ensembleWeights } from './optimizer/ensemble-weights.ts';
// Explanation
export {
  type PermutationImportance,
  type PermutationOptions,
  permutationImportance,
} from './optimizer/explanation/permutation-importance.ts';
export { type ShapValues, treeShap } from './optimizer/explanation/tree-shap.ts';
export type { AnalyzeImportanceOptions, FeatureImportanceReport } from './optimizer/feature-importance.ts';
// Features, one by one
export { anovaFScores } from './optimizer/feature-scores/anova-f.ts';
export { chiSquareScores } from './optimizer/feature-scores/chi-square.ts';
export type { FeatureScore, FeatureScoring } from './optimizer/feature-scores/feature-score.ts';
export {
  type MutualInformationOptions,
  mutualInformationScores,
} from './optimizer/feature-scores/mutual-information.ts';
export { regressionFScores } from './optimizer/feature-scores/regression-f.ts';
export type { SelectionMethod } from './optimizer/selection/choose-features.ts';
// Overfitting: what a best score is worth
export { type BeatingEstimate, chanceOfBeating } from './overfitting/chance-of-beating.ts';
export {
  type DeflatedDifference,
  type DeflationOptions,
  deflatedDifference,
  type SearchEvidence,
} from './overfitting/deflated-difference.ts';
export {
  type DeploymentVerdict,
  deploymentVerdict,
  type VerdictInput,
  type VerdictOptions,
} from './overfitting/deployment-verdict.ts';
export { effectiveObservations } from './overfitting/effective-observations.ts';
export { type EffectiveTrials, effectiveTrials } from './overfitting/effective-trials.ts';
export { oneStandardErrorChoice, type RatedTrial } from './overfitting/one-standard-error.ts';
export {
  type OverfittingEstimate,
  type OverfittingOptions,
  probabilityOfOverfitting,
} from './overfitting/probability-of-overfitting.ts';
export { scoreDifferences } from './overfitting/score-differences.ts';
// Progress on a terminal
export { type ProgressOptions, type ShownProgress, showProgress } from './progress/show-progress.ts';
// Pruners
export { bettingEvidence } from './pruners/betting-evidence.ts';
export { type HyperbandOptions, HyperbandPruner } from './pruners/hyperband-pruner.ts';
export { type PairedFoldsOptions, PairedFoldsPruner } from './pruners/paired-folds-pruner.ts';
export { type PatienceOptions, PatiencePruner } from './pruners/patience-pruner.ts';
export {
  MedianPruner,
  type MedianPrunerOptions,
  PercentilePruner,
  type PercentilePrunerOptions,
} from './pruners/percentile-pruner.ts';
export type { PruneRequest, Pruner, ReportedTrial, Reports } from './pruners/pruner.ts';
export { type SuccessiveHalvingOptions, SuccessiveHalvingPruner } from './pruners/successive-halving-pruner.ts';
// Honest results: what a search is worth, kept row by row
export { formatStudyReport } from './results/format-study-report.ts';
export type { HoldoutOptions } from './results/holdout.ts';
export { type ReportStores, readStudyReport } from './results/read-study-report.ts';
export { type AnsweredRows, readTrialAnswers } from './results/read-trial-answers.ts';
export type { ScoredRows } from './results/scored-rows.ts';
export type {
  HoldoutFinding,
  MissingTrial,
  RefitRule,
  ScoredTrial,
  StudyReport,
  TrialCounts,
} from './results/study-report.ts';
export type { TrialAnswers } from './results/trial-answers.ts';
// For retrainings
export { type RetrainingTunerOptions, retrainingTuner } from './retraining-tuner.ts';
// Samplers
export { AutoSampler } from './samplers/auto-sampler.ts';
export { type CmaEsOptions, CmaEsSampler } from './samplers/cma-es/cma-es-sampler.ts';
export { GaussianProcessSampler } from './samplers/gaussian-process/gaussian-process-sampler.ts';
export { type GridOptions, type GridResolution, GridSampler, MAX_GRID_POINTS } from './samplers/grid-sampler.ts';
export { RandomSampler } from './samplers/random-sampler.ts';
export type { ObservedTrial, SampledPoint, Sampler, SuggestRequest } from './samplers/sampler.ts';
export { SobolSampler } from './samplers/sobol/sobol-sampler.ts';
export { MAX_SOBOL_DIMENSIONS, SobolSequence } from './samplers/sobol/sobol-sequence.ts';
export { TpeSampler } from './samplers/tpe/tpe-sampler.ts';
export { trialRandom } from './samplers/trial-random.ts';
// Scoring
export { accuracyScoring } from './scoring/accuracy-scoring.ts';
export { meanAbsoluteErrorScoring, rootMeanSquaredErrorScoring } from './scoring/error-scoring.ts';
export { f1Scoring, macroF1Scoring } from './scoring/f1-scoring.ts';
export { logLossScoring } from './scoring/log-loss-scoring.ts';
export { scoringByName } from './scoring/scoring-by-name.ts';
export type { ScoringMetric } from './scoring/scoring-metric.ts';
export type { BayesianSamplerName } from './search-sampler.ts';
export type { BaselineScore } from './study/baseline-score.ts';
// Results
export type { ComparedCrossValidation, CrossValidationResult } from './study/cross-validation-result.ts';
export type { FitRunner } from './study/family-runner.ts';
export type { DuplicatePolicy } from './study/point-proposer.ts';
export type { StopConditions, StopReason } from './study/stop-conditions.ts';
export { Study } from './study/study.ts';
export type { EndedTrial, TrialCallback } from './study/study-callback.ts';
export type {
  Objective,
  ObjectiveResult,
  ObjectiveTrial,
  OptimizeOptions,
  StudyOptions,
  StudyTrial,
  TrialResult,
} from './study/study-options.ts';
export type { BestTrial, StudyOutcome, StudyResult, TunedParameters } from './study/study-result.ts';
export type { ModelEvaluation } from './training/evaluate-model.ts';
export type { TunerEvents } from './tuner-events.ts';
export type {
  BayesianSearchOptions,
  BestExperimentQuery,
  ConfiguredSearchOptions,
  CrossValidateOptions,
  GridSearchOptions,
  RandomSearchOptions,
  SearchOptions,
  SharedTunerOptions,
  TunerOptionsOfFamily,
  TunerOptionsWithSpace,
} from './tuner-options.ts';
// Charts of experiments
export type { ExperimentVisualization, VisualizeOptions } from './visualize-experiments.ts';
// Warm start
export type { WarmStartOptions } from './warm-start/warm-start.ts';
