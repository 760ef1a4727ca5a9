import type {
  BarredVersion,
  DriftReference,
  ModelVersionDraft,
  MonitorStateRecord,
  OutboxEventDraft,
  OutcomeResolution,
  PerformanceStorage,
  RecordedPrediction,
  RetrainingLogEntry,
  StoredPerformanceWindow,
  StudyRecord,
  TrainingExperiment,
} from '@mlperf/core';

const AT = 1_704_067_200_000;

export const predictions: readonly RecordedPrediction[] = [
  {
    id: 'p1',
    decisionId: 'd1',
    role: 'live',
    modelName: 'BTC-USD/1h/direction',
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: AT,
    dueAt: AT + 3_600_000,
    direction: 'up',
    confidence: 0.625,
    probabilities: { up: 0.625, down: 0.25, flat: 0.125 },
    referencePrice: 42_265.19,
    predictedPrice: 42_300.5,
    features: { rsi: 0.1, 'macd ∆': -1e-300 },
    recordedAt: AT + 5,
  },
  {
    id: 'p2',
    decisionId: 'd1',
    role: 'shadow',
    modelVersionId: 'v2',
    symbol: 'BTC-USD',
    predictedAt: AT,
    direction: 'flat',
    confidence: 1,
    recordedAt: AT + 5,
  },
];

export const resolution: OutcomeResolution = {
  predictionId: 'p1',
  outcome: {
    observedAt: AT + 3_600_000,
    price: 42_300.01,
    direction: 'up',
    correct: true,
    marketReturn: 42_300.01 / 42_265.19 - 1,
    netReturn: 42_300.01 / 42_265.19 - 1 - 0.0005,
  },
  recordedAt: AT + 3_600_100,
};

export const window: StoredPerformanceWindow = {
  modelVersionId: 'v1',
  windowSize: 50,
  predictionsCount: 1,
  correctPredictions: 1,
  accuracy: 1,
  confidenceAvg: 0.625,
  startTime: AT,
  endTime: AT + 3_600_000,
  metrics: { accuracy: 1 },
  lastSequence: 1,
};

export const monitorState: MonitorStateRecord = {
  modelVersionId: 'v1',
  sequence: 1,
  state: { statistic: 1.5 },
  updatedAt: AT,
};

export const reference: DriftReference = {
  modelVersionId: 'v1',
  name: 'features',
  reference: { rsi: [0, 0.5, 1] },
  createdAt: AT,
};

export const study: StudyRecord = {
  studyId: 's1',
  modelType: 'random-forest',
  searchSpace: { trees: { kind: 'int', low: 10, high: 100 } },
  sampler: 'random',
  metric: 'accuracy',
  direction: 'maximize',
  seed: 'seed',
  dataVersion: 'data-1',
  parallelism: 4,
  createdAt: AT,
};

export const experiment: TrainingExperiment = {
  experimentId: 'e1',
  studyId: 's1',
  trialNumber: 0,
  modelType: 'random-forest',
  hyperparameters: { trees: 50 },
  cvScores: [0.51, 0.53],
  meanCvScore: 0.52,
  stdCvScore: 0.0141,
  trainingTimeSeconds: 1.25,
  testMetrics: { accuracy: 0.52 },
  featureImportance: { rsi: 1 },
  state: 'complete',
  createdAt: AT,
  notes: 'first',
};

export const modelBytes = new TextEncoder().encode('a model');

export function modelVersion(versionId: string, sha256: string): ModelVersionDraft {
  return {
    versionId,
    modelName: 'BTC-USD/1h/direction',
    modelType: 'random-forest',
    artifact: { sha256, bytes: modelBytes.length, format: 'json', formatVersion: 1 },
    hyperparameters: { trees: 50 },
    trainingMetrics: { accuracy: 0.52 },
    trainedAt: AT,
    status: 'candidate',
    dataVersion: 'data-1',
    featureNames: ['rsi'],
    metadata: { by: 'tests' },
  };
}

export const barred: BarredVersion = {
  versionId: 'v2',
  modelName: 'BTC-USD/1h/direction',
  reason: 'lost its probation',
  at: AT + 7,
};

export const retraining: RetrainingLogEntry = {
  retrainingId: 'r1',
  modelName: 'BTC-USD/1h/direction',
  trigger: { triggerType: 'manual', triggeredAt: AT, reason: 'asked for' },
  stage: 'requested',
  requestedAt: AT,
  updatedAt: AT,
};

export const event: OutboxEventDraft = {
  modelName: 'BTC-USD/1h/direction',
  type: 'model-promoted',
  payload: { versionId: 'v1' },
  at: AT,
};

/** Writes one record of each kind. */
export async function fillStorage(storage: PerformanceStorage): Promise<void> {
  await storage.predictions.append(predictions);
  await storage.predictions.resolve([resolution]);
  await storage.windows.save(window);
  await storage.monitorStates.put(monitorState);
  await storage.references.put(reference);
  await storage.studies.create(study);
  await storage.trials.save(experiment);
  const { sha256 } = await storage.artifacts.put(modelBytes);
  for (const versionId of ['v1', 'v2']) await storage.models.register(modelVersion(versionId, sha256));
  await storage.slots.promote({
    modelName: 'BTC-USD/1h/direction',
    kind: 'promotion',
    versionId: 'v1',
    expectedChampionVersionId: undefined,
    at: AT + 6,
    actor: 'tests',
    reason: 'first of its name',
    evidence: { wins: 1 },
  });
  await storage.slots.update('BTC-USD/1h/direction', {
    shadowVersionId: 'v2',
    frozenUntil: AT + 9,
    probation: { versionId: 'v1', startedAt: AT + 6, endsAt: AT + 8 },
  });
  await storage.models.bar(barred);
  await storage.retrainings.create(retraining);
  await storage.leases.acquire({ lease: 'retraining', owner: 'tests', ttlMs: 60_000 });
  await storage.outbox.append([event]);
  await storage.outbox.ack('pager', 1);
}
