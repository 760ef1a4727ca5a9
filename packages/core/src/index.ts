// Sums over outcomes
export {
  AGGREGATE_LENGTH,
  CONFIDENCE_BINS,
  confidenceBin,
  DIRECTIONS,
  OutcomeAggregate,
} from './aggregates/outcome-aggregate.ts';
export { type OutcomeObservation, observationOf } from './aggregates/outcome-observation.ts';
export { type RollupParts, RollupSum, RollupSums } from './aggregates/rollup-sum.ts';
// Recalibration
export { BetaCalibrator, fitBeta } from './calibration/beta-calibrator.ts';
export type { CalibrationData, CalibrationMethod, CalibrationOptions, Calibrator } from './calibration/calibrator.ts';
export { calibratorFromJSON } from './calibration/calibrator-from-json.ts';
export { ClassCalibrator } from './calibration/class-calibrator.ts';
export { fitCalibrator } from './calibration/fit-calibrator.ts';
export { type ClassCalibrationData, fitClassCalibrator } from './calibration/fit-class-calibrator.ts';
export { fitIsotonic, IsotonicCalibrator } from './calibration/isotonic-calibrator.ts';
export { fitPlatt, PlattCalibrator } from './calibration/platt-calibrator.ts';
export { fitTemperature, TemperatureCalibrator } from './calibration/temperature-calibrator.ts';
// Clock
export { type Clock, ManualClock, type SleepOptions, systemClock } from './clock.ts';
// Configuration
export {
  type HyperparameterTuningConfig,
  resolveTuningConfig,
} from './config/hyperparameter-tuning-config.ts';
export { loadMlConfig } from './config/load-ml-config.ts';
export { defineMlConfig, type MlConfig, type MlConfigInput, parseMlConfig } from './config/ml-config.ts';
export {
  type PerformanceMonitoringConfig,
  resolveMonitoringConfig,
} from './config/performance-monitoring-config.ts';
export { type RetrainingConfig, resolveRetrainingConfig } from './config/retraining-config.ts';
// Datasets
export { createDataset, type DatasetInput } from './dataset/create-dataset.ts';
export type { Dataset, Matrix } from './dataset/dataset.ts';
export { hashDataset } from './dataset/hash-dataset.ts';
export { type LookBackWindows, lookBackWindows } from './dataset/look-back-windows.ts';
export { matrixFromRows, requireMatrix } from './dataset/matrix.ts';
export { type MissingValues, requireNoMissingValues } from './dataset/missing-values.ts';
export { predictRows, predictSequence, type RowPredictor } from './dataset/predict-rows.ts';
export { type PurgeOptions, purgeTrainingRows } from './dataset/purge.ts';
export { type RowSequences, rowSequences } from './dataset/row-sequences.ts';
export { selectRows, sliceDataset } from './dataset/select-rows.ts';
export { shareDataset } from './dataset/share-dataset.ts';
export { requireTimeOrder } from './dataset/time-order.ts';
// Errors and events
export {
  ConflictError,
  type ErrorCode,
  type ErrorOptionsWithCause,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  NotFoundError,
  StorageError,
} from './errors.ts';
export { type EventSource, type Listener, type ListenerErrorHandler, TypedEmitter } from './events.ts';
// Metrics
export {
  type BrierDecomposition,
  brierDecomposition,
  brierDecompositionOf,
} from './metrics/calibration/brier-decomposition.ts';
export { brierScore, brierScoreDescriptor, brierScoreOf } from './metrics/calibration/brier-score.ts';
export {
  debiasedCalibrationError,
  debiasedCalibrationErrorDescriptor,
  debiasedCalibrationErrorOf,
  debiasedSquaredCalibrationError,
} from './metrics/calibration/debiased-calibration-error.ts';
export {
  equalMassCalibrationError,
  equalMassCalibrationErrorDescriptor,
  equalMassMaximumCalibrationError,
  equalMassMaximumCalibrationErrorDescriptor,
} from './metrics/calibration/equal-mass-calibration-error.ts';
export { equalMassReliabilityTable } from './metrics/calibration/equal-mass-reliability-table.ts';
export {
  expectedCalibrationError,
  expectedCalibrationErrorDescriptor,
  expectedCalibrationErrorOf,
} from './metrics/calibration/expected-calibration-error.ts';
export {
  maximumCalibrationError,
  maximumCalibrationErrorDescriptor,
  maximumCalibrationErrorOf,
} from './metrics/calibration/maximum-calibration-error.ts';
export { multiclassBrierScore, multiclassBrierScoreDescriptor } from './metrics/calibration/multiclass-brier-score.ts';
export { type ReliabilityBin, reliabilityTable, reliabilityTableOf } from './metrics/calibration/reliability-table.ts';
export { accuracy, accuracyDescriptor } from './metrics/classification/accuracy.ts';
export { type AccuracyIntervalOptions, accuracyInterval } from './metrics/classification/accuracy-interval.ts';
export {
  balancedAccuracy,
  balancedAccuracyDescriptor,
  balancedAccuracyOf,
} from './metrics/classification/balanced-accuracy.ts';
export {
  type ConfusionCounts,
  confusionCounts,
  confusionCountsOf,
} from './metrics/classification/confusion-counts.ts';
export { f1Score, f1ScoreDescriptor, f1ScoreOfCounts } from './metrics/classification/f1-score.ts';
export { logLoss, logLossDescriptor, logLossOf } from './metrics/classification/log-loss.ts';
export {
  matthewsCorrelation,
  matthewsCorrelationDescriptor,
  matthewsCorrelationOf,
} from './metrics/classification/matthews-correlation.ts';
export {
  noSkillAccuracy,
  noSkillAccuracyDescriptor,
  noSkillAccuracyOf,
} from './metrics/classification/no-skill-accuracy.ts';
export { precision, precisionDescriptor, precisionOfCounts } from './metrics/classification/precision.ts';
export { recall, recallDescriptor, recallOfCounts } from './metrics/classification/recall.ts';
export type { Label } from './metrics/classification/require-paired-labels.ts';
export { rocAuc, rocAucDescriptor } from './metrics/classification/roc-auc.ts';
export { effectiveSampleSize, type LabelSpan } from './metrics/effective-sample-size.ts';
export type { MetricDescriptor } from './metrics/metric-descriptor.ts';
export { type MetricsOptions, metricsOf } from './metrics/metrics-of.ts';
export { PERFORMANCE_METRICS } from './metrics/performance-metrics.ts';
export {
  meanAbsoluteError,
  meanAbsoluteErrorDescriptor,
  meanAbsoluteErrorOf,
} from './metrics/regression/mean-absolute-error.ts';
export {
  meanAbsolutePercentageError,
  meanAbsolutePercentageErrorDescriptor,
  meanAbsolutePercentageErrorOf,
} from './metrics/regression/mean-absolute-percentage-error.ts';
export {
  rootMeanSquaredError,
  rootMeanSquaredErrorDescriptor,
  rootMeanSquaredErrorOf,
} from './metrics/regression/root-mean-squared-error.ts';
export { type CalmarRatioOptions, calmarRatio, calmarRatioDescriptor } from './metrics/trading/calmar-ratio.ts';
export { type CostModel, costOfTrade } from './metrics/trading/cost-model.ts';
export {
  deflatedSharpeRatio,
  deflatedSharpeRatioDescriptor,
  deflatedSharpeRatioOf,
  expectedMaximumSharpeRatio,
  type TrialsOfSearch,
} from './metrics/trading/deflated-sharpe-ratio.ts';
export {
  directionalAccuracy,
  directionalAccuracyDescriptor,
  directionalAccuracyOf,
} from './metrics/trading/directional-accuracy.ts';
export {
  type ConfidenceBand,
  type HitRateOptions,
  hitRateByConfidence,
  hitRateByConfidenceOf,
} from './metrics/trading/hit-rate-by-confidence.ts';
export { maximumDrawdown, maximumDrawdownDescriptor } from './metrics/trading/maximum-drawdown.ts';
export {
  meanReturnDescriptor,
  meanReturnOf,
  returnVolatilityDescriptor,
  returnVolatilityOf,
} from './metrics/trading/mean-return.ts';
export {
  minimumTrackRecordLength,
  minimumTrackRecordLengthDescriptor,
  type TrackRecordQuestion,
} from './metrics/trading/minimum-track-record-length.ts';
export {
  probabilisticSharpeRatio,
  probabilisticSharpeRatioDescriptor,
  probabilisticSharpeRatioOf,
} from './metrics/trading/probabilistic-sharpe-ratio.ts';
export {
  type SharpeRatioOptions,
  sharpeRatio,
  sharpeRatioDescriptor,
  sharpeRatioOf,
} from './metrics/trading/sharpe-ratio.ts';
export {
  type SharpeRatioEvidence,
  type SharpeRatioShape,
  sharpeRatioEvidence,
} from './metrics/trading/sharpe-ratio-evidence.ts';
export { type SortinoRatioOptions, sortinoRatio, sortinoRatioDescriptor } from './metrics/trading/sortino-ratio.ts';
export { strategyReturns } from './metrics/trading/strategy-returns.ts';
export { totalReturn, totalReturnDescriptor } from './metrics/trading/total-return.ts';
export { turnover, turnoverDescriptor } from './metrics/trading/turnover.ts';
export { type WindowRow, windowOnlyMetrics } from './metrics/window-only-metrics.ts';
// Data drift
export type { DriftShape } from './monitor/data-drift/bin-alternatives.ts';
export { buildDriftReference, type DriftReferenceOptions } from './monitor/data-drift/build-drift-reference.ts';
export {
  type CategoryCounts,
  type ChiSquareOptions,
  type ChiSquareResult,
  chiSquareTest,
} from './monitor/data-drift/chi-square-test.ts';
export { correctPValues, type PValueCorrection } from './monitor/data-drift/correct-p-values.ts';
export type {
  BatchDriftDetected,
  DataDriftEvents,
  DriftDetected,
  DriftDetectedEvent,
  StreamDriftDetected,
} from './monitor/data-drift/data-drift-events.ts';
export { DataDriftMonitor, type DataDriftMonitorOptions } from './monitor/data-drift/data-drift-monitor.ts';
export type {
  DataDriftVerdict,
  DriftEffects,
  DriftRule,
  DriftStanding,
  DriftTest,
  EffectMeasure,
  FeatureDrift,
} from './monitor/data-drift/data-drift-verdict.ts';
export { detectDataDrift } from './monitor/data-drift/detect-data-drift.ts';
export type {
  CategoricalReference,
  DriftReferenceProfile,
  FeatureReference,
  NumericReference,
} from './monitor/data-drift/drift-reference-profile.ts';
export {
  type DriftReferenceKey,
  loadDriftReference,
  saveDriftReference,
} from './monitor/data-drift/drift-reference-storage.ts';
export type { DataDriftOptions } from './monitor/data-drift/drift-rule.ts';
export type { DataDriftStorage } from './monitor/data-drift/drift-stream-writer.ts';
export type { FeatureKind, FeatureRow } from './monitor/data-drift/feature-row.ts';
export {
  type JensenShannonOptions,
  jensenShannonDistance,
  jensenShannonDivergence,
} from './monitor/data-drift/jensen-shannon.ts';
export {
  type KolmogorovSmirnovMethod,
  type KolmogorovSmirnovOptions,
  type KolmogorovSmirnovResult,
  kolmogorovSmirnov,
} from './monitor/data-drift/kolmogorov-smirnov.ts';
export { parseDriftReference } from './monitor/data-drift/parse-drift-reference.ts';
export {
  type PopulationStabilityOptions,
  populationStabilityIndex,
  populationStabilityIndexOf,
} from './monitor/data-drift/population-stability-index.ts';
export { type BinOptions, type BinRule, countByBin, referenceBinEdges } from './monitor/data-drift/reference-bins.ts';
export {
  type FeatureAlarm,
  StreamingDriftDetector,
  type StreamingDriftOptions,
} from './monitor/data-drift/streaming-drift-detector.ts';
export type { FeatureStreamStanding, StreamingDriftVerdict } from './monitor/data-drift/streaming-drift-verdict.ts';
export { normalizedWassersteinDistance, wassersteinDistance } from './monitor/data-drift/wasserstein-distance.ts';
export type { ZeroRule } from './monitor/data-drift/zero-rule.ts';
export type { DegradationRuleName, RuleStanding } from './monitor/degradation/degradation-rule.ts';
export type { DegradationVerdict, OverallAccuracy } from './monitor/degradation/degradation-verdict.ts';
// Monitor
export {
  DEFAULT_ALTERNATIVES,
  EDetector,
  type EDetectorAlternative,
  type EDetectorOptions,
  type EDetectorSide,
  type EvidencePart,
  MAX_SEGMENTS,
  type StreamEvidence,
} from './monitor/degradation/e-detector.ts';
export type { EvidenceOutcome, EvidenceStreamName } from './monitor/degradation/evidence-stream.ts';
export { type TimeToDetect, type TimeToDetectQuery, timeToDetect } from './monitor/degradation/time-to-detect.ts';
// Classic drift detectors
export { Adwin, type AdwinOptions } from './monitor/drift/adwin.ts';
export { Cusum, type CusumOptions } from './monitor/drift/cusum.ts';
export { Ddm, type DdmOptions } from './monitor/drift/ddm.ts';
export type { DriftDetector, DriftMode } from './monitor/drift/drift-detector.ts';
export { Eddm, type EddmOptions } from './monitor/drift/eddm.ts';
export { Ewma, type EwmaOptions } from './monitor/drift/ewma.ts';
export { HddmA, type HddmAOptions } from './monitor/drift/hddm-a.ts';
export { HddmW, type HddmWOptions } from './monitor/drift/hddm-w.ts';
export { Kswin, type KswinDraw, type KswinOptions, type KswinSampler } from './monitor/drift/kswin.ts';
export { PageHinkley, type PageHinkleyOptions } from './monitor/drift/page-hinkley.ts';
export { MAX_OBSERVATION } from './monitor/drift/require-observation.ts';
export { restoreDriftDetector } from './monitor/drift/restore-drift-detector.ts';
// Performance before labels
export { type EstimationOptions, estimatePerformance } from './monitor/estimation/estimate-performance.ts';
export { ESTIMATED_METRICS, type EstimatedMetric } from './monitor/estimation/estimated-metric.ts';
export { ESTIMATION_ASSUMPTION, type EstimationAssumption } from './monitor/estimation/estimation-assumption.ts';
export {
  type ClassSpreads,
  type EstimationReference,
  estimationReference,
} from './monitor/estimation/estimation-reference.ts';
export {
  type FailedEstimate,
  type MetricEstimate,
  type PerformanceEstimate,
  requireEstimate,
} from './monitor/estimation/performance-estimate.ts';
export {
  type EstimateOptions,
  type EstimatorOptions,
  PerformanceEstimator,
} from './monitor/estimation/performance-estimator.ts';
export type { SamplingSpread } from './monitor/estimation/sampling-spread.ts';
export {
  type HistoryRow,
  type ImportHistoryOptions,
  type ImportHistoryReceipt,
  importHistory,
} from './monitor/history/import-history.ts';
export { type JudgingTerms, judgeOutcome } from './monitor/judging/judge-outcome.ts';
export type {
  DegradationEvent,
  MonitorEvents,
  OutcomeTrackedEvent,
  PredictionRecordedEvent,
  StorageFailedEvent,
  WindowCompletedEvent,
} from './monitor/monitor-events.ts';
export {
  type MonitorOpenOptions,
  PerformanceMonitor,
  type PerformanceMonitorOptions,
} from './monitor/performance-monitor.ts';
export type { LabelCoverage, WaitingLabels } from './monitor/report/label-coverage.ts';
export type { PerformanceFigures } from './monitor/report/performance-figures.ts';
export type { PerformanceReport } from './monitor/report/performance-report.ts';
export type {
  DayFigures,
  PerformanceSummary,
  SegmentFigures,
  VersionFigures,
} from './monitor/report/performance-summary.ts';
export type { ConfidenceCalibration, RollingMetrics } from './monitor/report/rolling-metrics.ts';
export {
  type RemoveOldPredictionsOptions,
  removeOldPredictions,
} from './monitor/retention/remove-old-predictions.ts';
export type { ChangeEstimate } from './monitor/version/standing-change.ts';
export { OutcomeWindow, type WindowEntry, type WindowSums } from './monitor/window/outcome-window.ts';
export { MOST_WINDOW_OUTCOMES, type WindowMetrics, type WindowQuery } from './monitor/window/window-metrics.ts';
// Numeric
export { chiSquareUpperTail } from './numeric/chi-square-distribution.ts';
export { CompensatedSum } from './numeric/compensated-sum.ts';
export { rateConfidenceSequence, runningMeanConfidenceSequence } from './numeric/confidence-sequence.ts';
export { digamma } from './numeric/digamma.ts';
export { kolmogorovUpperTail } from './numeric/kolmogorov-distribution.ts';
export { logGamma } from './numeric/log-gamma.ts';
export { mean } from './numeric/mean.ts';
export { normalCdf, normalQuantile, normalQuantileInPlace } from './numeric/normal-distribution.ts';
export { fisherUpperTail, regularizedBeta } from './numeric/regularized-beta.ts';
export { regularizedGammaP, regularizedGammaQ } from './numeric/regularized-gamma.ts';
export { requireFinite } from './numeric/require-finite.ts';
export { requirePairedFinite } from './numeric/require-paired-finite.ts';
export { sampleVariance } from './numeric/sample-variance.ts';
export { type StandardizedMoments, standardizedMoments } from './numeric/standardized-moments.ts';
export { type ProportionInterval, wilsonInterval, wilsonIntervalOfShare } from './numeric/wilson-interval.ts';
// Outbox
export {
  type DeliveryContext,
  OutboxDispatcher,
  type OutboxDispatcherEvents,
  type OutboxDispatcherOptions,
  type OutboxHandler,
} from './outbox/outbox-dispatcher.ts';
// Ports
export type { ArtifactRef, ArtifactStore, OrphanRequest } from './ports/artifact-store.ts';
export type {
  Executor,
  ExecutorRunOptions,
  FitRequest,
  FitResult,
  PredictRequest,
  PredictResult,
  RowsToPredict,
} from './ports/executor.ts';
export type { LeaseStore } from './ports/lease-store.ts';
export type { FamilyRequirements, FitContext, ModelFamily, TrainedModel } from './ports/model-family.ts';
export type { ModelSource } from './ports/model-source.ts';
export type { ModelFilter, ModelStore } from './ports/model-store.ts';
export type { MonitorStateRecord, MonitorStateStore } from './ports/monitor-state-store.ts';
export type { OutboxRemovalRequest, OutboxStore } from './ports/outbox-store.ts';
export type { PredictionRecorder } from './ports/prediction-recorder.ts';
export type {
  OutcomeQuery,
  OutcomeResolution,
  PredictionFilter,
  PredictionStore,
  RecordReceipt,
  RecordRequest,
  RemovalReceipt,
  RemovalRequest,
  ResolutionResult,
} from './ports/prediction-store.ts';
export type { ProgressSink } from './ports/progress-sink.ts';
export type { PromotionStore } from './ports/promotion-store.ts';
export type { DriftReference, ReferenceStore } from './ports/reference-store.ts';
export type { RetrainingStore } from './ports/retraining-store.ts';
export type { RollupQuery, RollupStore } from './ports/rollup-store.ts';
export type { PromotionRequest, SlotPatch, SlotStore } from './ports/slot-store.ts';
export type {
  Durability,
  MigrationReport,
  PerformanceStorage,
  StorageStores,
  TransactionOptions,
} from './ports/storage.ts';
export type {
  LeaseStatus,
  OutboxConsumerStatus,
  StorageCheck,
  StorageMaintenance,
  StorageProblem,
  StorageStatus,
  VerificationReport,
  VerifyOptions,
} from './ports/storage-maintenance.ts';
export type { QueuedPointsQuery, StudyStore } from './ports/study-store.ts';
export type { Trainer, TrainRequest, TrainResult } from './ports/trainer.ts';
export type { FlatTree, TreeStructure } from './ports/tree-structure.ts';
export type {
  BestExperimentsQuery,
  FinishedTrialsQuery,
  TrialClaimAnswer,
  TrialClaimRequest,
  TrialStore,
} from './ports/trial-store.ts';
export type { Tuner, TuningRequest, TuningResult } from './ports/tuner.ts';
export type { Weighting } from './ports/weighting.ts';
export type { WindowStore } from './ports/window-store.ts';
export { keyedRandom, type RandomSource, randomInteger, randomNormal } from './random/random-source.ts';
// What storage adapters share
export {
  type Annotations,
  MAX_TAG_LENGTH,
  MAX_TAGS,
  patchedAnnotations,
  requireAnnotationPatch,
} from './records/annotation.ts';
export { MAX_BATCH, requireBatch } from './records/batch.ts';
export { canonicalJson, canonicalRecord, sameContent } from './records/canonical.ts';
export { contentConflict, describeDifference } from './records/difference.ts';
export { requireDriftReference } from './records/drift-reference.ts';
export { decideExperimentSave, requireExperiment } from './records/experiment.ts';
export { MAX_LEASE_TTL_MS, requireFence, requireLeaseRequest, requireLeaseTtl } from './records/lease.ts';
export { requireBytes, requireKey, requireSequence, requireSha256, requireTimeBound } from './records/lookup.ts';
export {
  MAX_MODEL_NAME_LENGTH,
  requireBarredVersion,
  requireModelName,
  requireModelStatus,
  requireModelVersionDraft,
} from './records/model-version.ts';
export { requireMonitorState } from './records/monitor-state.ts';
export { requireOrphanRequest } from './records/orphan-request.ts';
export { requireOutboxEventDraft } from './records/outbox-event.ts';
export { requireOutboxRemoval } from './records/outbox-removal.ts';
export { requireJudgedOutcome, requireOutcome, requireOutcomeResolution } from './records/outcome.ts';
export {
  decideResolution,
  type RequestedOutcome,
  type ResolutionDecision,
  sameOutcome,
} from './records/outcome-resolution.ts';
export { DEFAULT_PAGE_LIMIT, decodeCursor, encodeCursor, MAX_PAGE_LIMIT, requireLimit } from './records/page-cursor.ts';
export { requirePerformanceWindow } from './records/performance-window.ts';
export {
  predictionConflict,
  requirePrediction,
  requireRecordedPrediction,
  samePrediction,
} from './records/prediction.ts';
export {
  requireBestExperimentsQuery,
  requireExperimentFilter,
  requireModelFilter,
  requireOutboxQuery,
  requireOutcomeQuery,
  requirePage,
  requirePredictionFilter,
  requireRemovalRequest,
  requireRetrainingFilter,
  requireRollupQuery,
  requireStudyFilter,
  requireWindowQuery,
} from './records/queries.ts';
export { type RequestedRecords, requireRecordRequest } from './records/record-request.ts';
export {
  isFinishedStage,
  RETRAINING_STEPS,
  requireNewRetrainingEntry,
  requireRetrainingEntry,
  requireRetrainingStep,
} from './records/retraining-entry.ts';
export {
  MAX_ENTRIES,
  MAX_IDENTIFIER_BYTES,
  MAX_IDENTIFIER_LENGTH,
  MAX_TEXT_LENGTH,
} from './records/scalar-checkers.ts';
export { requirePromotionRequest, requireSlotPatch } from './records/slot.ts';
export { requireStudy } from './records/study.ts';
export { compareText } from './records/text-order.ts';
export {
  requireFinishedTrial,
  requireFinishedTrialsQuery,
  requireQueuedPointsQuery,
  requireQueuePoints,
  requireTrialClaimRequest,
  requireTrialFence,
} from './records/trial-claim.ts';
// Search spaces
export { activationOrder, type ConditionalPart, isActive, when } from './search-space/conditions.ts';
export {
  brokenConstraint,
  constraintsOf,
  describeConstraint,
  linearConstraint,
  ordered,
} from './search-space/constraints.ts';
export { defineSpace } from './search-space/define-space.ts';
export { boolean, categorical, float, int, type RangeOptions } from './search-space/dimensions.ts';
export type {
  AlwaysThere,
  BooleanDimension,
  CategoricalDimension,
  CategoryValue,
  Condition,
  Conditionable,
  Conditional,
  Dimension,
  DimensionValue,
  FloatDimension,
  InferParameters,
  IntDimension,
  LinearConstraint,
  SearchSpace,
  SometimesThere,
} from './search-space/search-space.ts';
export { type SpaceChange, spaceChanges } from './search-space/space-changes.ts';
export { type StepRange, stepCount, stepValue } from './search-space/steps.ts';
export { parseSpace, serializeSpace } from './search-space/stored-space.ts';
export { validateParameters } from './search-space/validate-parameters.ts';
export type {
  OptimizationDirection,
  OutOfSampleRefs,
  QueuedPoint,
  StudyRecord,
  TrainingExperiment,
  TrialClaim,
  TrialFence,
  TrialState,
} from './types/experiment.ts';
// Records
export type { JsonObject, JsonValue } from './types/json.ts';
export type { Fence, Lease } from './types/lease.ts';
export type {
  AnnotationPatch,
  ArtifactDescriptor,
  BarredVersion,
  FreezeWindow,
  ModelSlot,
  ModelStatus,
  ModelVersion,
  ModelVersionDraft,
  Probation,
  PromotionRecord,
  StoredModelVersion,
} from './types/model.ts';
export type { OutboxEvent, OutboxEventDraft } from './types/outbox-event.ts';
export type { JudgedOutcome, Outcome, ResolvedPrediction, TrackedOutcome, TrackedPrediction } from './types/outcome.ts';
export type { OutcomeAggregateState } from './types/outcome-aggregate-state.ts';
export type { Page, PageRequest } from './types/paging.ts';
export type {
  AggregateMetric,
  MetricValues,
  PerformanceMetric,
  PerformanceWindow,
  StoredPerformanceWindow,
  WindowOnlyMetric,
} from './types/performance.ts';
export type {
  ClassProbabilities,
  Direction,
  Prediction,
  PredictionRole,
  RecordedPrediction,
} from './types/prediction.ts';
export type {
  RetrainingLogEntry,
  RetrainingStage,
  RetrainingTrigger,
  RetrainingTriggerType,
} from './types/retraining.ts';
export type { OutcomeRollup, RollupTotal, RollupTotals } from './types/rollup.ts';
