import {
  InvalidInputError,
  type OutcomeQuery,
  type PageRequest,
  type PredictionStore,
  type RetrainingStage,
  type RollupQuery,
  type RollupStore,
  requireAnnotationPatch,
  requireBarredVersion,
  requireBatch,
  requireBestExperimentsQuery,
  requireBytes,
  requireDriftReference,
  requireExperiment,
  requireExperimentFilter,
  requireFence,
  requireFinishedTrial,
  requireFinishedTrialsQuery,
  requireKey,
  requireLeaseRequest,
  requireLeaseTtl,
  requireModelFilter,
  requireModelStatus,
  requireModelVersionDraft,
  requireMonitorState,
  requireNewRetrainingEntry,
  requireOrphanRequest,
  requireOutboxEventDraft,
  requireOutboxQuery,
  requireOutboxRemoval,
  requireOutcomeQuery,
  requireOutcomeResolution,
  requirePage,
  requirePerformanceWindow,
  requirePredictionFilter,
  requirePromotionRequest,
  requireQueuedPointsQuery,
  requireQueuePoints,
  requireRecordedPrediction,
  requireRecordRequest,
  requireRemovalRequest,
  requireRetrainingEntry,
  requireRetrainingFilter,
  requireRollupQuery,
  requireSequence,
  requireSha256,
  requireSlotPatch,
  requireStudy,
  requireStudyFilter,
  requireTimeBound,
  requireTrialClaimRequest,
  requireTrialFence,
  requireWindowQuery,
  type StorageStores,
} from '@mlperf/core';
import type { ArtifactCalls } from '../artifacts/artifact-calls.ts';
import { MAX_ARTIFACT_BYTES } from '../artifacts/limits.ts';
import type { StoreName } from './call-channel.ts';
import type { PackedOutcomes } from './packed-outcomes.ts';
import type { PackedTotals } from './packed-totals.ts';

/** Whether a call changes the store, and the check that gives the copy of its arguments to work with. */
interface CallCheck<Args extends readonly unknown[]> {
  readonly access: 'read' | 'write';
  readonly check: (...args: Args) => Args;
}

type StoreChecks<Store> = {
  readonly [Method in keyof Store]: Store[Method] extends (...args: infer Args) => unknown ? CallCheck<Args> : never;
};

/** The stores as the front's code calls them: the front makes more of the artifacts. */
export type FrontStores = Omit<StorageStores, 'artifacts'> & { readonly artifacts: ArtifactCalls };

/** The stores as the database serves them. */
export type CalledStores = Omit<FrontStores, 'predictions' | 'rollups'> & {
  readonly predictions: PredictionCalls;
  readonly rollups: RollupCalls;
};

/** Predictions as a database serves them: the front unpacks those of windows. */
export type PredictionCalls = Omit<PredictionStore, 'recentOutcomes' | 'outcomesAfter'> & {
  recentOutcomes(query: OutcomeQuery): Promise<PackedOutcomes>;
  outcomesAfter(query: OutcomeQuery): Promise<PackedOutcomes>;
};

/** Roll-ups as a database serves them: the front unpacks the totals. */
export type RollupCalls = Omit<RollupStore, 'totals'> & {
  totals(query: RollupQuery): Promise<PackedTotals>;
};

/** Every method of every store: the one list that a front, a worker and a test go by. */
export const CALL_CHECKS: { readonly [Name in StoreName]: StoreChecks<CalledStores[Name]> } = {
  predictions: {
    append: write((predictions) => [requireBatch(predictions, 'predictions', requireRecordedPrediction)]),
    resolve: write((resolutions) => [requireBatch(resolutions, 'resolutions', requireOutcomeResolution)]),
    record: write((request) => [requireRecordRequest(request)]),
    get: read((ids) => [requireBatch(ids, 'ids', (id) => requireKey(id, 'prediction id'))]),
    findByDecision: read((decisionId) => [requireKey(decisionId, 'decisionId')]),
    recentOutcomes: read((query) => [requireOutcomeQuery(query)]),
    outcomesAfter: read((query) => [requireOutcomeQuery(query)]),
    removeBefore: write((request) => [requireRemovalRequest(request)]),
    list: read((filter, page) => [requirePredictionFilter(filter), checkedPage(page)]),
  },
  rollups: {
    range: read((query) => [requireRollupQuery(query)]),
    totals: read((query) => [requireRollupQuery(query)]),
  },
  windows: {
    save: write((window) => [requirePerformanceWindow(window)]),
    recent: read((query) => [requireWindowQuery(query)]),
  },
  monitorStates: {
    get: read((modelVersionId) => [requireKey(modelVersionId, 'modelVersionId')]),
    put: write((record) => [requireMonitorState(record)]),
  },
  references: {
    get: read((modelVersionId, name) => [requireKey(modelVersionId, 'modelVersionId'), requireKey(name, 'name')]),
    put: write((reference) => [requireDriftReference(reference)]),
  },
  studies: {
    create: write((study) => [requireStudy(study)]),
    get: read((studyId) => [requireKey(studyId, 'studyId')]),
    list: read((filter, page) => [requireStudyFilter(filter), checkedPage(page)]),
    enqueue: write((studyId, points) => [requireKey(studyId, 'studyId'), requireQueuePoints(points)]),
    queued: read((query) => [requireQueuedPointsQuery(query)]),
  },
  trials: {
    save: write((experiment) => [requireExperiment(experiment)]),
    get: read((experimentId) => [requireKey(experimentId, 'experimentId')]),
    best: read((query) => [requireBestExperimentsQuery(query)]),
    list: read((filter, page) => [requireExperimentFilter(filter), checkedPage(page)]),
    finished: read((query) => [requireFinishedTrialsQuery(query)]),
    claim: write((request) => [requireTrialClaimRequest(request)]),
    renew: write((fences, ttlMs) => [requireBatch(fences, 'trial fences', requireTrialFence), requireLeaseTtl(ttlMs)]),
    release: write((fence) => [requireTrialFence(fence)]),
    finish: write((experiment, fence) => {
      const shown = requireTrialFence(fence);
      return [requireFinishedTrial(experiment, shown), shown];
    }),
    claims: read((studyId) => [requireKey(studyId, 'studyId')]),
  },
  models: {
    register: write((draft) => [requireModelVersionDraft(draft)]),
    get: read((versionId) => [requireKey(versionId, 'versionId')]),
    find: read((modelName, version) => [requireKey(modelName, 'modelName'), requireSequence(version, 'version')]),
    list: read((filter, page) => [requireModelFilter(filter), checkedPage(page)]),
    setStatus: write((versionId, status) => [requireKey(versionId, 'versionId'), requireModelStatus(status)]),
    annotate: write((versionId, patch) => [requireKey(versionId, 'versionId'), requireAnnotationPatch(patch)]),
    remove: write((versionId) => [requireKey(versionId, 'versionId')]),
    bar: write((barred) => [requireBarredVersion(barred)]),
    barred: read((modelName) => [requireKey(modelName, 'modelName')]),
  },
  slots: {
    get: read((modelName) => [requireKey(modelName, 'modelName')]),
    list: read((page) => [checkedPage(page)]),
    promote: write((request) => [requirePromotionRequest(request)]),
    update: write((modelName, patch) => [requireKey(modelName, 'modelName'), requireSlotPatch(patch)]),
  },
  promotions: {
    list: read((modelName, page) => [requireKey(modelName, 'modelName'), checkedPage(page)]),
    activeAt: read((modelName, at) => [requireKey(modelName, 'modelName'), requireTimeBound(at, 'at')]),
  },
  retrainings: {
    create: write((entry) => [requireNewRetrainingEntry(entry)]),
    advance: write((entry, from) => [requireRetrainingEntry(entry), requireKey(from, 'from') as RetrainingStage]),
    get: read((retrainingId) => [requireKey(retrainingId, 'retrainingId')]),
    unfinished: read((modelName) => [requireKey(modelName, 'modelName')]),
    history: read((filter, page) => [requireRetrainingFilter(filter), checkedPage(page)]),
  },
  artifacts: {
    put: write((content) => [checkedArtifact(content)]),
    get: read((sha256) => [requireSha256(sha256)]),
    list: read((page) => [checkedPage(page)]),
    remove: write((sha256) => [requireSha256(sha256)]),
    // The front makes the arguments of these by itself.
    putInDirectory: write((artifact) => [artifact]),
    locate: read((sha256) => [requireSha256(sha256)]),
    locateInDirectory: read((sha256s) => [sha256s]),
    openUpload: write(() => []),
    putPiece: write((upload, position, content) => [upload, position, content]),
    finishUpload: write((upload, artifact) => [upload, artifact]),
    dropUpload: write((upload) => [upload]),
    getPiece: read((upload, position) => [upload, position]),
    removeOrphans: write((request) => [requireOrphanRequest(request)]),
  },
  leases: {
    acquire: write((request) => [requireLeaseRequest(request)]),
    renew: write((fence, ttlMs) => [requireFence(fence), requireLeaseTtl(ttlMs)]),
    release: write((fence) => [requireFence(fence)]),
    get: read((lease) => [requireKey(lease, 'lease')]),
  },
  outbox: {
    append: write((events) => [requireBatch(events, 'outbox events', requireOutboxEventDraft)]),
    read: read((query) => [requireOutboxQuery(query)]),
    ack: write((consumer, sequence) => [requireKey(consumer, 'consumer'), requireSequence(sequence, 'sequence')]),
    removeDelivered: write((request) => [requireOutboxRemoval(request)]),
    forget: write((consumer) => [requireKey(consumer, 'consumer')]),
  },
};

function read<Args extends readonly unknown[]>(check: (...args: Args) => NoInfer<Args>): CallCheck<Args> {
  return { access: 'read', check };
}

function write<Args extends readonly unknown[]>(check: (...args: Args) => NoInfer<Args>): CallCheck<Args> {
  return { access: 'write', check };
}

function checkedPage(page: PageRequest | undefined): PageRequest {
  const { limit, cursor } = requirePage(page);
  return cursor === undefined ? { limit } : { limit, cursor };
}

function checkedArtifact(content: Uint8Array): Uint8Array {
  const bytes = requireBytes(content);
  if (bytes.byteLength > MAX_ARTIFACT_BYTES) {
    throw new InvalidInputError(
      'TOO_LARGE',
      `an artifact must be at most ${MAX_ARTIFACT_BYTES} bytes; got ${bytes.byteLength}: stream it`,
    );
  }
  return bytes.slice();
}
