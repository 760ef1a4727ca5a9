import type { ModelVersionDraft, PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { NOON, openMonitor, outcomeOf, predictionOf } from './monitor-fixture.ts';

const NAME = 'BTC-USD/1h/direction';

async function register(storage: PerformanceStorage, versionId: string, changes: Partial<ModelVersionDraft> = {}) {
  const bytes = new TextEncoder().encode(versionId);
  const { sha256 } = await storage.artifacts.put(bytes);
  await storage.models.register({
    versionId,
    modelName: NAME,
    modelType: 'a-family',
    artifact: { sha256, bytes: bytes.length, format: 'text', formatVersion: 1 },
    hyperparameters: {},
    trainingMetrics: {},
    trainedAt: NOON,
    status: 'candidate',
    dataVersion: 'd1',
    featureNames: [],
    metadata: {},
    ...changes,
  });
}

function promote(storage: PerformanceStorage, versionId: string, expectedChampionVersionId: string | undefined) {
  return storage.slots.promote({
    modelName: NAME,
    kind: 'promotion',
    versionId,
    expectedChampionVersionId,
    at: NOON,
    actor: 'test',
    reason: 'test',
  });
}

describe('a monitor opened by model name', () => {
  it('switches when the promoted version predicts, and gives late outcomes to the version that predicted', async () => {
    const storage = openMemoryStorage();
    await register(storage, 'v1');
    await register(storage, 'v2');
    await promote(storage, 'v1', undefined);
    const monitor = await openMonitor({ storage, modelName: NAME, config: { rule: 'rolling', minPredictions: 2 } });
    expect(monitor.modelVersionId).toBe('v1');
    await monitor.recordPrediction(predictionOf(0));
    for (let i = 1; i <= 3; i++) await monitor.trackPredictionOutcome(predictionOf(i), outcomeOf(i, false));
    expect(monitor.degradationDetected).toBe(true);

    await promote(storage, 'v2', 'v1');
    expect(monitor.modelVersionId).toBe('v1');
    await monitor.trackPredictionOutcome(predictionOf(4, { modelVersionId: 'v2' }), outcomeOf(4, true));
    expect(monitor).toMatchObject({ modelVersionId: 'v2', rollingAccuracy: 1, degradationDetected: false });

    await monitor.recordOutcome('p0', outcomeOf(0, true));
    expect(monitor.detectDegradation()).toMatchObject({ modelVersionId: 'v2', outcomesSeen: 1 });
    const rows = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 10 });
    expect(rows).toHaveLength(4);
    expect((await monitor.getPerformanceSummary(3)).versions).toMatchObject([
      { modelVersionId: 'v1', outcomes: 4, correct: 1 },
      { modelVersionId: 'v2', outcomes: 1, correct: 1 },
    ]);
    await monitor.close();

    const restarted = await openMonitor({ storage, modelName: NAME });
    expect(restarted).toMatchObject({ modelVersionId: 'v2', rollingAccuracy: 1 });
    await restarted.close();
  });

  it('stays with the champion when another version predicts', async () => {
    const storage = openMemoryStorage();
    await register(storage, 'v1');
    await promote(storage, 'v1', undefined);
    const monitor = await openMonitor({ storage, modelName: NAME });
    await monitor.recordPrediction(predictionOf(1, { modelVersionId: 'v9' }));
    expect(monitor.modelVersionId).toBe('v1');
    await monitor.close();
  });

  it('follows the newest live version where no slot exists, also after a restart', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage, modelName: NAME });
    expect(monitor.modelVersionId).toBeUndefined();
    expect(monitor.detectDegradation()).toMatchObject({ degraded: false, outcomesSeen: 0 });
    await monitor.trackPredictionOutcome(predictionOf(1, { modelVersionId: 'old' }), outcomeOf(1, true));
    await monitor.recordPrediction(predictionOf(2, { modelVersionId: 'shadow', role: 'shadow' }));
    await monitor.trackPredictionOutcome(predictionOf(3, { modelVersionId: 'new' }), outcomeOf(3, false));
    expect(monitor).toMatchObject({ modelVersionId: 'new', rollingAccuracy: 0 });
    await monitor.close();
    const restarted = await openMonitor({ storage, modelName: NAME });
    expect(restarted).toMatchObject({ modelVersionId: 'new', rollingAccuracy: 0 });
    await restarted.close();
  });

  it('files predictions under its name and refuses those of another', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage, modelName: NAME });
    await monitor.recordPrediction(predictionOf(1));
    expect((await storage.predictions.get(['p1']))[0]?.modelName).toBe(NAME);
    await expect(monitor.recordPrediction(predictionOf(2, { modelName: 'ETH' }))).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining("'ETH'"),
    });
    await monitor.close();
  });
});

describe('the terms a version is judged by', () => {
  it('take the floor from its validated accuracy, and the flat band from its bundle', async () => {
    const storage = openMemoryStorage();
    await register(storage, 'v1', { trainingMetrics: { accuracy: 0.6 }, metadata: { flatBand: 0.02 } });
    const config = { baselineTolerance: 0.05, degradationThreshold: 0.7, flatBand: 0.5 };
    const monitor = await openMonitor({ storage, config });
    expect(monitor.detectDegradation().floor).toBeCloseTo(0.6 - 0.05, 12);
    await monitor.trackPredictionOutcome(predictionOf(1), outcomeOf(1, true));
    await monitor.trackPredictionOutcome(predictionOf(2, { direction: 'flat' }), outcomeOf(2, true));
    const rows = await storage.predictions.recentOutcomes({ modelVersionId: 'v1', role: 'live', limit: 2 });
    expect(rows.map(({ outcome }) => [outcome.direction, outcome.correct])).toEqual([
      ['flat', false],
      ['flat', true],
    ]);
    await monitor.close();
  });

  it('fall back on the configured floor when there is no baseline or no tolerance', async () => {
    const storage = openMemoryStorage();
    await register(storage, 'v1', { trainingMetrics: { accuracy: 0.6 } });
    for (const [modelVersionId, config] of [
      ['v1', { degradationThreshold: 0.7 }],
      ['unknown', { degradationThreshold: 0.7, baselineTolerance: 0.05 }],
    ] as const) {
      const monitor = await openMonitor({ storage, modelVersionId, config });
      expect(monitor.detectDegradation().floor).toBe(0.7);
      await monitor.close();
    }
  });
});
