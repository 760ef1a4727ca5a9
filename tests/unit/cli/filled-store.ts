import type { OutcomeResolution, PerformanceStorage, RecordedPrediction } from '@mlperf/core';

const HOUR = 3_600_000;
/** 2024-01-01T00:00:00Z. */
export const START = 1_704_067_200_000;

/** Two versions, three symbols, two roles over forty days, most with an outcome; a model, an event and a consumer. */
export async function fillStore(storage: PerformanceStorage): Promise<void> {
  const predictions = Array.from({ length: 600 }, (_, i) => predictionOf(i));
  await storage.predictions.append(predictions);
  await storage.predictions.resolve(predictions.filter((_, i) => i % 7 !== 0).map(resolutionOf));
  await storage.transaction(async (tx) => {
    const artifact = await tx.artifacts.put(new TextEncoder().encode('the trained bytes'));
    await tx.models.register({
      versionId: 'v1',
      modelName: 'BTC/USDT · 1h',
      modelType: 'rule',
      artifact: { ...artifact, format: 'rule', formatVersion: 1 },
      hyperparameters: {},
      trainingMetrics: {},
      trainedAt: START,
      status: 'candidate',
      dataVersion: 'a'.repeat(64),
      featureNames: ['momentum'],
      metadata: {},
    });
    await tx.slots.promote({
      modelName: 'BTC/USDT · 1h',
      versionId: 'v1',
      expectedChampionVersionId: undefined,
      kind: 'promotion',
      at: START,
      actor: 'operator',
      reason: 'first',
    });
    await tx.outbox.append([
      { modelName: 'BTC/USDT · 1h', type: 'model-promoted', payload: { versionId: 'v1' }, at: START },
      { modelName: 'BTC/USDT · 1h', type: 'model-promoted', payload: { versionId: 'v1' }, at: START },
    ]);
  });
  await storage.outbox.ack('pager', 1);
  await storage.leases.acquire({ lease: 'retraining BTC/USDT · 1h', owner: 'host-1', ttlMs: 60_000 });
}

function predictionOf(i: number): RecordedPrediction {
  return {
    id: `p-${i}`,
    decisionId: `p-${i}`,
    role: i % 5 === 0 ? 'shadow' : 'live',
    ...(i % 3 === 0 ? {} : { modelName: 'BTC/USDT · 1h' }),
    modelVersionId: i % 4 === 0 ? 'v2' : 'v1',
    symbol: ['BTC/USDT', 'ETH/USDT', 'BTC/EUR'][i % 3]!,
    predictedAt: START + i * 96 * 60_000,
    direction: i % 2 === 0 ? 'up' : 'down',
    confidence: 0.5 + (i % 40) / 100,
    referencePrice: 100,
    predictedPrice: 101,
    features: { momentum: i / 7 },
    recordedAt: START + i * 96 * 60_000 + 5,
  };
}

function resolutionOf(prediction: RecordedPrediction, i: number): OutcomeResolution {
  const observedAt = prediction.predictedAt + HOUR;
  const direction = i % 3 === 0 ? 'down' : 'up';
  return {
    predictionId: prediction.id,
    outcome: {
      observedAt,
      direction,
      correct: direction === prediction.direction,
      price: 100 + (i % 11) / 10,
      netReturn: (i % 13) / 1000 - 0.005,
    },
    recordedAt: observedAt + 10,
  };
}
