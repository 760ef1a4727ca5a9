import type {
  Direction,
  DriftReference,
  JudgedOutcome,
  ModelVersionDraft,
  MonitorStateRecord,
  OutboxEventDraft,
  OutcomeResolution,
  PromotionRequest,
  RecordedPrediction,
  RetrainingLogEntry,
  StorageStores,
  StoredModelVersion,
  StoredPerformanceWindow,
  StudyRecord,
  TrainingExperiment,
} from '@mlperf/core';

/** 2024-01-01T00:00:00Z, a full hour. */
export const START = 1_704_067_200_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const NAME = 'BTC/USDT · 1h';

export function samplePrediction(id: string, changes: Partial<RecordedPrediction> = {}): RecordedPrediction {
  return {
    id,
    decisionId: id,
    role: 'live',
    modelName: NAME,
    modelVersionId: 'v1',
    symbol: 'BTC/USDT',
    predictedAt: START,
    direction: 'up',
    confidence: 0.6,
    recordedAt: START + 5,
    ...changes,
  };
}

/** Predictions `${prefix}-000` and on, one a minute. */
export function samplePredictions(
  count: number,
  prefix = 'p',
  changes: Partial<RecordedPrediction> = {},
): RecordedPrediction[] {
  return Array.from({ length: count }, (_, i) =>
    samplePrediction(numbered(prefix, i), { predictedAt: START + i * MINUTE, ...changes }),
  );
}

export function numbered(prefix: string, i: number): string {
  return `${prefix}-${String(i).padStart(3, '0')}`;
}

export function sampleOutcome(
  prediction: RecordedPrediction,
  direction: Direction,
  changes: Partial<JudgedOutcome> = {},
): JudgedOutcome {
  return {
    observedAt: prediction.predictedAt + HOUR,
    direction,
    correct: direction === prediction.direction,
    ...changes,
  };
}

export function sampleResolution(
  prediction: RecordedPrediction,
  direction: Direction = 'up',
  changes: Partial<JudgedOutcome> = {},
): OutcomeResolution {
  const outcome = sampleOutcome(prediction, direction, changes);
  return { predictionId: prediction.id, outcome, recordedAt: outcome.observedAt + 10 };
}

export function sampleWindow(changes: Partial<StoredPerformanceWindow> = {}): StoredPerformanceWindow {
  return {
    modelVersionId: 'v1',
    windowSize: 50,
    predictionsCount: 50,
    correctPredictions: 30,
    accuracy: 0.6,
    confidenceAvg: 0.58,
    startTime: START,
    endTime: START + HOUR,
    metrics: { accuracy: 0.6, precision: 0.625, sharpe_ratio: -0.25 },
    lastSequence: 50,
    ...changes,
  };
}

export function sampleMonitorState(changes: Partial<MonitorStateRecord> = {}): MonitorStateRecord {
  return {
    modelVersionId: 'v1',
    sequence: 7,
    state: { formatVersion: 1, evidence: [0.5, 1.25], nested: { alarm: false, since: null } },
    updatedAt: START,
    ...changes,
  };
}

export function sampleReference(changes: Partial<DriftReference> = {}): DriftReference {
  return {
    modelVersionId: 'v1',
    name: 'features',
    reference: {
      columns: ['rsi', 'atr'],
      counts: [
        [1, 2],
        [3, 4],
      ],
    },
    createdAt: START,
    ...changes,
  };
}

export function sampleStudy(studyId: string, changes: Partial<StudyRecord> = {}): StudyRecord {
  return {
    studyId,
    modelType: 'random-forest',
    searchSpace: { trees: { type: 'int', low: 10, high: 200 } },
    sampler: 'random',
    metric: 'accuracy',
    direction: 'maximize',
    seed: 'seed-1',
    dataVersion: 'd0',
    parallelism: 4,
    createdAt: START,
    ...changes,
  };
}

export function sampleExperiment(experimentId: string, changes: Partial<TrainingExperiment> = {}): TrainingExperiment {
  return {
    experimentId,
    modelType: 'random-forest',
    hyperparameters: { trees: 100, criterion: 'gini' },
    cvScores: [0.55, 0.58, 0.52],
    meanCvScore: 0.55,
    stdCvScore: 0.03,
    trainingTimeSeconds: 1.5,
    testMetrics: { accuracy: 0.56 },
    state: 'complete',
    createdAt: START,
    ...changes,
  };
}

export function sampleDraft(
  versionId: string,
  artifact: { readonly sha256: string; readonly bytes: number },
  changes: Partial<ModelVersionDraft> = {},
): ModelVersionDraft {
  return {
    versionId,
    modelName: NAME,
    modelType: 'random-forest',
    artifact: { sha256: artifact.sha256, bytes: artifact.bytes, format: 'forest', formatVersion: 1 },
    hyperparameters: { trees: 100 },
    trainingMetrics: { accuracy: 0.57 },
    trainedAt: START,
    status: 'candidate',
    dataVersion: 'd0',
    featureNames: ['rsi', 'atr'],
    metadata: { note: 'first', flags: [true, null] },
    ...changes,
  };
}

/** Stores a small artifact and registers a version on it. */
export async function registerVersion(
  stores: StorageStores,
  versionId: string,
  changes: Partial<ModelVersionDraft> = {},
): Promise<StoredModelVersion> {
  const artifact = await stores.artifacts.put(sampleBytes());
  return stores.models.register(sampleDraft(versionId, artifact, changes));
}

export function sampleBytes(first = 1): Uint8Array {
  return Uint8Array.of(first, 0, 255, 128, 10, 13);
}

export function samplePromotion(versionId: string, changes: Partial<PromotionRequest> = {}): PromotionRequest {
  return {
    modelName: NAME,
    kind: 'promotion',
    versionId,
    expectedChampionVersionId: undefined,
    at: START,
    actor: 'retraining',
    reason: 'better on the newest rows',
    ...changes,
  };
}

export function sampleRetraining(retrainingId: string, changes: Partial<RetrainingLogEntry> = {}): RetrainingLogEntry {
  return {
    retrainingId,
    modelName: NAME,
    trigger: {
      triggerType: 'accuracy_drop',
      thresholdValue: 0.55,
      currentValue: 0.48,
      triggeredAt: START,
      reason: 'accuracy fell',
    },
    stage: 'requested',
    requestedAt: START,
    updatedAt: START,
    ...changes,
  };
}

export function sampleEvent(changes: Partial<OutboxEventDraft> = {}): OutboxEventDraft {
  return { modelName: NAME, type: 'model-promoted', payload: { versionId: 'v1', gain: 0.05 }, at: START, ...changes };
}
