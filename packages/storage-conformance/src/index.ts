// The suite
export type { Check, Need } from './check.ts';
// The checks, store by store
export { artifactChecks } from './checks/artifact-checks.ts';
export { artifactStreamChecks } from './checks/artifact-stream-checks.ts';
export { leaseChecks } from './checks/lease-checks.ts';
export { lifecycleChecks } from './checks/lifecycle-checks.ts';
export { listingChecks } from './checks/listing-checks.ts';
export { modelChecks } from './checks/model-checks.ts';
export { monitoringStateChecks } from './checks/monitoring-state-checks.ts';
export { outboxChecks } from './checks/outbox-checks.ts';
export { outcomeChecks } from './checks/outcome-checks.ts';
export { predictionChecks } from './checks/prediction-checks.ts';
export { processChecks } from './checks/process-checks.ts';
export { recordChecks } from './checks/record-checks.ts';
export { referenceChecks } from './checks/reference-checks.ts';
export { refusalChecks } from './checks/refusal-checks.ts';
export { removalChecks } from './checks/removal-checks.ts';
export { retrainingChecks } from './checks/retraining-checks.ts';
export { rollupChecks } from './checks/rollup-checks.ts';
export { sharingChecks } from './checks/sharing-checks.ts';
export { slotChecks } from './checks/slot-checks.ts';
export { studyChecks } from './checks/study-checks.ts';
export { textChecks } from './checks/text-checks.ts';
export { transactionChecks } from './checks/transaction-checks.ts';
export { trialChecks } from './checks/trial-checks.ts';
export { trialClaimChecks } from './checks/trial-claim-checks.ts';
export { trialQueueChecks } from './checks/trial-queue-checks.ts';
export { valueChecks } from './checks/value-checks.ts';
export { windowChecks } from './checks/window-checks.ts';
export {
  type ConformanceOptions,
  type ConformanceReport,
  type ConformanceTest,
  conformanceTests,
  runConformance,
} from './conformance-tests.ts';
export { describeConformance, type TestFunction } from './describe-conformance.ts';
export type { OtherProcess, RunningTask } from './processes/other-process.ts';
export type { ProcessOpening } from './processes/process-opening.ts';
export {
  type ProcessTasks,
  processTasks,
  type TaskContext,
  type TaskInput,
  type TaskName,
  type TaskResult,
} from './processes/process-tasks.ts';
export { storageChecks } from './storage-checks.ts';
export type { StorageHarness, StorageSubject } from './storage-subject.ts';
