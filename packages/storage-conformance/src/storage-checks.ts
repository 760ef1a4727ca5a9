import type { Check } from './check.ts';
import { annotationChecks } from './checks/annotation-checks.ts';
import { artifactChecks } from './checks/artifact-checks.ts';
import { artifactStreamChecks } from './checks/artifact-stream-checks.ts';
import { leaseChecks } from './checks/lease-checks.ts';
import { lifecycleChecks } from './checks/lifecycle-checks.ts';
import { listingChecks } from './checks/listing-checks.ts';
import { modelChecks } from './checks/model-checks.ts';
import { monitoringStateChecks } from './checks/monitoring-state-checks.ts';
import { outboxChecks } from './checks/outbox-checks.ts';
import { outcomeChecks } from './checks/outcome-checks.ts';
import { predictionChecks } from './checks/prediction-checks.ts';
import { processChecks } from './checks/process-checks.ts';
import { recordChecks } from './checks/record-checks.ts';
import { referenceChecks } from './checks/reference-checks.ts';
import { refusalChecks } from './checks/refusal-checks.ts';
import { removalChecks } from './checks/removal-checks.ts';
import { retrainingChecks } from './checks/retraining-checks.ts';
import { rollupChecks } from './checks/rollup-checks.ts';
import { sharingChecks } from './checks/sharing-checks.ts';
import { slotChecks } from './checks/slot-checks.ts';
import { studyChecks } from './checks/study-checks.ts';
import { textChecks } from './checks/text-checks.ts';
import { transactionChecks } from './checks/transaction-checks.ts';
import { trialChecks } from './checks/trial-checks.ts';
import { trialClaimChecks } from './checks/trial-claim-checks.ts';
import { trialQueueChecks } from './checks/trial-queue-checks.ts';
import { valueChecks } from './checks/value-checks.ts';
import { windowChecks } from './checks/window-checks.ts';
import type { StorageSubject } from './storage-subject.ts';

/** Every check of the storage port: an adapter that passes them all keeps the port's promises. */
export const storageChecks: readonly Check<StorageSubject>[] = [
  ...lifecycleChecks,
  ...predictionChecks,
  ...outcomeChecks,
  ...recordChecks,
  ...rollupChecks,
  ...removalChecks,
  ...windowChecks,
  ...monitoringStateChecks,
  ...studyChecks,
  ...trialChecks,
  ...trialClaimChecks,
  ...trialQueueChecks,
  ...modelChecks,
  ...annotationChecks,
  ...slotChecks,
  ...referenceChecks,
  ...retrainingChecks,
  ...artifactChecks,
  ...artifactStreamChecks,
  ...leaseChecks,
  ...outboxChecks,
  ...listingChecks,
  ...valueChecks,
  ...textChecks,
  ...refusalChecks,
  ...transactionChecks,
  ...sharingChecks,
  ...processChecks,
];
