// Archives
export type { ExportOptions, ImportOptions } from './archive/model-archive.ts';
// Bundles
export type { BundleHeader } from './bundle/bundle-header.ts';
export type { FeatureType, FeatureTypes } from './bundle/feature-types.ts';
export {
  BUNDLE_FORMAT,
  BUNDLE_FORMAT_VERSION,
  decodeBundle,
  encodeBundle,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLE_HEADER_BYTES,
  type ModelBundle,
} from './bundle/model-bundle.ts';
export { trainingEnvironment } from './bundle/training-environment.ts';
// Comparison
export type {
  CompareOptions,
  Difference,
  ModelComparison,
  PairedComparison,
  PairedDifference,
  VersionStanding,
} from './comparison/compare-models.ts';
// The registry
export { ModelRegistry } from './model-registry.ts';
// Retraining
export type { Refusal } from './retraining/admission.ts';
export type { OpenCircuit } from './retraining/circuit.ts';
// The gate
export {
  type BlockBootstrapOptions,
  type BlockBootstrapResult,
  blockBootstrapMean,
} from './retraining/gate/block-bootstrap.ts';
export { defaultBlockLength, labelOverlap } from './retraining/gate/block-length.ts';
export type { ChallengeEvidence, ChallengeVerdict, LossReason } from './retraining/gate/challenge-evidence.ts';
export { type BudgetSpent, type BudgetState, errorBudget } from './retraining/gate/error-budget.ts';
export type { Fallback } from './retraining/gate/fallback.ts';
export { type Challenge, type ChallengeRules, judgeChallenge } from './retraining/gate/judge-challenge.ts';
export { type ModelAnswers, type RowScores, type ScoreKind, scoreRows } from './retraining/gate/row-scores.ts';
export { type RowsToDecideRequest, rowsToDecide } from './retraining/gate/rows-to-decide.ts';
export type { ShadowTerms } from './retraining/gate/shadow-terms.ts';
export type { ShadowEvidence, ShadowProgress } from './retraining/gate/shadow-watch.ts';
export type { WatchedGainEvidence } from './retraining/gate/watched-gain.ts';
// Retraining
export { ManagedVersions, type ManagedVersionsOptions } from './retraining/managed-versions.ts';
export type {
  ProbationEndedEvent,
  ProbationEvents,
  ProbationEvidence,
  RollbackHeldEvent,
} from './retraining/probation/probation-events.ts';
export { ProbationWatch, type ProbationWatchOptions } from './retraining/probation/probation-watch.ts';
export type { RollbackReason } from './retraining/probation/roll-back-by-hand.ts';
export type { HeldReason } from './retraining/promotion-held.ts';
// Replay
export type { ReplayPolicy, ReplaySetting } from './retraining/replay/replay-policy.ts';
export type { ReplayReport } from './retraining/replay/replay-report.ts';
export { simulateRetraining } from './retraining/replay/simulate-retraining.ts';
export type {
  CircuitOpenedEvent,
  FallbackTakenEvent,
  RejectionReason,
  RetrainingCompletedEvent,
  RetrainingEvents,
  RetrainingFailedEvent,
  RetrainingRejectedEvent,
  RetrainingStartedEvent,
  RetrainingVerdictEvent,
  ShadowPlaceTakenEvent,
  TriggerCheckFailedEvent,
} from './retraining/retraining-events.ts';
export { RetrainingManager } from './retraining/retraining-manager.ts';
export type {
  RetrainingManagerOptions,
  RetrainingResult,
  SkippedRetraining,
} from './retraining/retraining-manager-options.ts';
export type { GatherData, GatherRequest, RunResult } from './retraining/run-context.ts';
export type { RetrainingSchedule } from './retraining/schedule/cron-schedule.ts';
export type { ScheduledRetraining, ScheduleOptions } from './retraining/schedule/retraining-schedules.ts';
export type { CalibrationStanding } from './retraining/triggers/calibration-trigger.ts';
export type {
  DegradationReport,
  DegradationReports,
  DegradationSource,
  DegradationStanding,
} from './retraining/triggers/degradation-trigger.ts';
export type { DriftReport, DriftReports, DriftSource } from './retraining/triggers/drift-trigger.ts';
export type {
  RetrainingCheck,
  RetrainingCheckRequest,
  RetrainingCheckResult,
} from './retraining/triggers/host-trigger.ts';
export type { MonitorSource } from './retraining/triggers/trigger-board.ts';
// Serving
export { combineAnswers, halfBrierLoss, type Vote } from './serving/ensemble/combine-answers.ts';
export { memberPredictionId } from './serving/ensemble/decided-outcomes.ts';
export type { EnsembleEvents, MembersChangedEvent, WeightsAdjustedEvent } from './serving/ensemble/ensemble-events.ts';
export type { EnsemblePredictorOptions } from './serving/ensemble/ensemble-options.ts';
export { EnsemblePredictor } from './serving/ensemble/ensemble-predictor.ts';
export type { EnsembleRequest, EnsembleResult, MemberVote, NamedRow } from './serving/ensemble/ensemble-request.ts';
export {
  ENSEMBLE_MODEL_TYPE,
  type EnsembleRecipe,
  type EnsembleSource,
  ensembleVersionId,
} from './serving/ensemble/ensemble-version.ts';
export type { EnsembleStores } from './serving/ensemble/ensemble-weights.ts';
export type { MemberContribution } from './serving/ensemble/member-contributions.ts';
export type { MemberStanding, SelectionOptions } from './serving/ensemble/member-selection.ts';
export type { LoadedVersion } from './serving/load-version.ts';
export { ModelPredictor } from './serving/model-predictor.ts';
export type { ModelPredictorOptions } from './serving/model-predictor-options.ts';
export {
  defaultPredictionId,
  type FeatureRow,
  type PredictionRequest,
  type PredictionResult,
  type ServedPrediction,
  type UnavailablePrediction,
  type UnavailableReason,
} from './serving/prediction-request.ts';
export type {
  ModelLoadFailedEvent,
  ModelSwappedEvent,
  PredictorEvents,
  RefreshFailedEvent,
  ShadowFailedEvent,
  SwapHeldEvent,
} from './serving/predictor-events.ts';
export type { ServedCalibration } from './serving/served-calibration.ts';
export type { ServedAnswer } from './serving/served-version.ts';
export type { ShadowOptions } from './serving/shadow-runner.ts';
// Versions
export { lineageOf, type ModelLineage } from './versions/model-lineage.ts';
export type { RegisterModelRequest, SerializedModel } from './versions/register-request.ts';
export type {
  ModelPromotedEvent,
  ModelRolledBackEvent,
  RegistryEvents,
  SlotChangedEvent,
} from './versions/registry-events.ts';
export type {
  ModelRegistryOptions,
  PromoteRequest,
  RollbackRequest,
  TransactionExtras,
} from './versions/registry-requests.ts';
export { type CleanupReport, PINNED_TAG } from './versions/remove-old-versions.ts';
export type { ModelSearch } from './versions/search-models.ts';
export type { ControlReason, SlotControls } from './versions/slot-controls.ts';
