import type { PerformanceStorage } from '@mlperf/core';

const START = 1_704_067_200_000;

/** Texts that mean something to SQL, to a driver, to a pattern, to an array literal, to JSON or to COPY. */
export const HOSTILE_TEXTS: readonly string[] = [
  "'",
  "''",
  '"',
  "'; drop table predictions; --",
  "x'); delete from model_slots; select ('",
  "' or '1'='1",
  '" or ""="',
  '$1',
  '$$; drop schema public cascade; $$',
  '?',
  '?1',
  ':name',
  '@p1',
  '%',
  '_',
  'a%b_c\\',
  '\\',
  "\\'; drop table outbox; --",
  '/* comment */',
  '-- comment',
  '{a,"b",NULL}',
  '{}',
  '[1]',
  'NULL',
  'null',
  '\\N',
  '\\.',
  '\\x41',
  "E'\\047'",
  'U&"d\\0061t"',
  '`',
  ';',
  ')',
  'pg_sleep(60)',
  '🜁 ‮ ﷽',
];

/**
 * Writes one record of every kind with this text in each of its strings, keys included, and reads all of them back by
 * every text that a query takes.
 */
export async function writeAndReadBack(storage: PerformanceStorage, text: string): Promise<unknown> {
  // Names hold no control characters; other text may.
  const json = { [text]: `${text}\t\n\r\\`, nested: [{ [text]: [text, 1] }] };
  const { sha256, bytes } = await storage.artifacts.put(new TextEncoder().encode(text));
  await storage.models.register({
    versionId: `version ${text}`,
    modelName: text,
    modelType: text,
    artifact: { sha256, bytes, format: text, formatVersion: 1 },
    hyperparameters: json,
    trainingMetrics: { [text]: 0.5 },
    trainedAt: START,
    status: 'candidate',
    dataVersion: text,
    featureNames: [text],
    metadata: json,
  });
  await storage.slots.promote({
    modelName: text,
    kind: 'promotion',
    versionId: `version ${text}`,
    expectedChampionVersionId: undefined,
    at: START,
    actor: text,
    reason: text,
    evidence: json,
  });
  await storage.models.bar({ versionId: `version ${text}`, modelName: text, reason: text, at: START });
  const predictions = ['a', 'b'].map((suffix) => ({
    id: text + suffix,
    decisionId: text,
    role: 'live' as const,
    modelName: text,
    modelVersionId: text,
    symbol: text,
    predictedAt: START,
    direction: 'up' as const,
    confidence: 0.6,
    features: { [text]: 1.5 },
    recordedAt: START,
  }));
  await storage.predictions.append(predictions.slice(0, 1));
  const outcome = { observedAt: START + 1, direction: 'up' as const, correct: true };
  await storage.predictions.record({
    predictions,
    resolutions: predictions.map(({ id }) => ({ predictionId: id, outcome, recordedAt: START + 2 })),
  });
  await storage.windows.save({
    modelVersionId: text,
    segment: text,
    windowSize: 2,
    predictionsCount: 2,
    correctPredictions: 2,
    startTime: START,
    endTime: START,
    metrics: { accuracy: 1 },
    lastSequence: 2,
  });
  await storage.monitorStates.put({ modelVersionId: text, sequence: 2, state: json, updatedAt: START });
  await storage.references.put({ modelVersionId: text, name: text, reference: json, createdAt: START });
  await storage.studies.create({
    studyId: text,
    modelType: text,
    searchSpace: json,
    sampler: text,
    metric: text,
    direction: 'maximize',
    seed: text,
    dataVersion: text,
    parallelism: 1,
    settings: json,
    createdAt: START,
  });
  await storage.trials.save({
    experimentId: text,
    studyId: text,
    trialNumber: 0,
    modelType: text,
    hyperparameters: json,
    cvScores: [0.5],
    meanCvScore: 0.5,
    trainingTimeSeconds: 1,
    testMetrics: { [text]: 0.5 },
    featureImportance: { [text]: 1 },
    state: 'complete',
    intermediateValues: { [text]: 1 },
    createdAt: START,
    notes: text,
  });
  await storage.retrainings.create({
    retrainingId: text,
    modelName: text,
    trigger: { triggerType: 'manual', triggeredAt: START, reason: text },
    stage: 'requested',
    oldVersionId: text,
    requestedAt: START,
    updatedAt: START,
    evidence: json,
  });
  const lease = await storage.leases.acquire({ lease: text, owner: text, ttlMs: 60_000 });
  const [event] = await storage.outbox.append([{ modelName: text, type: text, payload: json, at: START }]);
  const unread = await storage.outbox.read({ consumer: text, limit: 1_000 });
  await storage.outbox.ack(text, event!.sequence);

  const range = { role: 'live', from: 0, to: 2e12 } as const;
  return {
    model: [
      await storage.models.get(`version ${text}`),
      await storage.models.find(text, 1),
      await storage.models.list({ modelName: text, modelType: text }),
      await storage.models.barred(text),
    ],
    slot: [await storage.slots.get(text), await storage.promotions.list(text)],
    artifact: new TextDecoder().decode(await storage.artifacts.get(sha256)),
    predictions: [
      await storage.predictions.get(predictions.map(({ id }) => id)),
      await storage.predictions.findByDecision(text),
      await storage.predictions.list({ modelVersionId: text, modelName: text, symbol: text }),
      await storage.predictions.list({ symbol: text }),
      await storage.predictions.recentOutcomes({ modelVersionId: text, role: 'live', symbol: text, limit: 100 }),
    ],
    rollups: [
      await storage.rollups.range({ ...range, modelVersionId: text, modelName: text, segment: text }),
      await storage.rollups.range({ ...range, modelName: text }),
      await storage.rollups.totals({ ...range, modelVersionId: text }),
    ],
    windows: await storage.windows.recent({ modelVersionId: text, segment: text, limit: 10 }),
    state: await storage.monitorStates.get(text),
    reference: await storage.references.get(text, text),
    study: [await storage.studies.get(text), await storage.studies.list({ modelType: text })],
    trials: [
      await storage.trials.get(text),
      await storage.trials.list({ studyId: text, modelType: text }),
      await storage.trials.best({ metric: text, direction: 'maximize', limit: 10 }),
      await storage.trials.best({ studyId: text, metric: 'meanCvScore', direction: 'maximize', limit: 10 }),
    ],
    retrainings: [
      await storage.retrainings.get(text),
      await storage.retrainings.unfinished(text),
      await storage.retrainings.history({ modelName: text }),
    ],
    lease: [lease?.owner, (await storage.leases.get(text))?.owner],
    events: [unread, await storage.outbox.read({ consumer: text, limit: 10 })],
  };
}
