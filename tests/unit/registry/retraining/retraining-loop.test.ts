import {
  createDataset,
  hashDataset,
  keyedRandom,
  ManualClock,
  PerformanceMonitor,
  type RetrainingConfig,
  shareDataset,
} from '@mlperf/core';
import { randomForestFamily } from '@mlperf/models';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { workerThreadExecutor } from '@mlperf/workers';
import { expect, it } from 'vitest';

const modelName = 'SYN/1m/direction';
const MINUTE = 60_000;
const CHANGE = 400;

/** One row a minute: the direction follows the sign of `signal` with probability 0.8, and from `CHANGE` on its opposite. */
function world(count: number) {
  const random = keyedRandom('loop');
  return Array.from({ length: count }, (_, i) => {
    const signal = random.next() * 2 - 1;
    const noise = random.next();
    const kept = random.next() < 0.8;
    const up = (signal > 0 === kept) === i < CHANGE;
    return { at: i * MINUTE, features: { signal, noise }, up };
  });
}

it('notices a real degradation, trains a real forest in a worker thread, and serves the winner', async () => {
  const all = world(900);
  const datasetOf = (rows: typeof all) =>
    shareDataset(
      createDataset({
        features: rows.map(({ features }) => [features.signal, features.noise]),
        featureNames: ['signal', 'noise'],
        targets: rows.map(({ up }) => (up ? 1 : 0)),
        classes: ['down', 'up'],
        timestamps: rows.map(({ at }) => at),
        labelEndsAt: rows.map(({ at }) => at + MINUTE),
      }),
    );
  const clock = new ManualClock(0);
  const storage = openMemoryStorage();
  const families = [randomForestFamily];
  const executor = workerThreadExecutor({
    familiesModule: new URL('./forest-families.ts', import.meta.url),
    threads: 1,
  });
  const registry = await ModelRegistry.open({ storage, clock });
  const hyperparameters = { nEstimators: 5, maxDepth: 3, maxFeatures: 1 };
  const first = datasetOf(all.slice(0, 250));
  const fitted = await executor.fit({ modelType: 'random-forest', hyperparameters, seed: 's', train: first });
  const { versionId } = await registry.registerModel({
    modelName,
    model: {
      modelType: 'random-forest',
      classes: fitted.classes,
      featureNames: first.featureNames,
      lookBack: fitted.lookBack,
      bytes: fitted.model!,
    },
    flatBand: 0,
    hyperparameters,
    trainingMetrics: { accuracy: 0.75 },
    dataVersion: hashDataset(first),
    metadata: { trainedThrough: 250 * MINUTE },
  });
  await registry.promoteToProduction(versionId, { expectedActive: undefined });

  const monitor = await PerformanceMonitor.open({ storage, modelName, clock, config: { falseAlarmEvery: 2_000 } });
  const predictor = await ModelPredictor.open({ source: registry, modelName, families, recorder: monitor, clock });
  const config: Partial<RetrainingConfig> = {
    holdoutRows: 100,
    minTrainingRows: 40,
    bootstrapReplicates: 500,
    cooldownMs: 60 * MINUTE,
  };
  const manager = await RetrainingManager.open({
    registry,
    storage,
    executor,
    modelName,
    modelType: 'random-forest',
    hyperparameters,
    gather: async () => datasetOf(all.filter(({ at }) => at + MINUTE <= clock.now()).slice(-250)),
    monitor,
    config,
    clock,
    seed: 's',
    checkEveryMs: false,
  });
  const story: string[] = [];
  monitor.on('model-degraded', () => {
    story.push('degraded');
  });
  manager.on('retraining-completed', ({ evidence }) => {
    story.push(`promoted: ${evidence.gain > 0.1}`);
  });
  const hits = new Map<string, [number, number]>();
  for (const { at, features, up } of all.slice(250)) {
    clock.setTime(at);
    const result = await predictor.predictNext({ symbol: 'SYN', features });
    if (result.status !== 'predicted') throw new Error(result.message);
    const { prediction } = result;
    const [right, made] = hits.get(prediction.modelVersionId) ?? [0, 0];
    const direction = up ? 'up' : 'down';
    hits.set(prediction.modelVersionId, [right + (prediction.direction === direction ? 1 : 0), made + 1]);
    clock.setTime(at + MINUTE);
    await monitor.recordOutcome(prediction.id, { observedAt: at + MINUTE, direction });
    await manager.whenIdle();
    await manager.tick();
    await predictor.refresh();
  }
  await manager.close();
  await predictor.close();
  await monitor.close();
  await executor.close();

  expect(story.slice(0, 2)).toEqual(['degraded', 'promoted: true']);
  const last = (await registry.getActiveModel(modelName))!;
  expect(last.versionId).not.toBe(versionId);
  const [right, made] = hits.get(last.versionId)!;
  expect(made).toBeGreaterThan(100);
  expect(right / made).toBeGreaterThan(0.65);
  // It was chosen by validation to learn from the rows since the change alone, although they are the fewest.
  const retrainings = (await storage.retrainings.history({ modelName })).items;
  expect(retrainings.find(({ stage }) => stage === 'promoted')?.evidence?.window).toMatchObject({
    window: 'since-change',
    candidates: [{ window: 'all' }, { window: 'rolling' }, { window: 'since-change' }],
  });
  const promotions = (await registry.getPromotionHistory(modelName)).items;
  expect(promotions[0]).toMatchObject({ actor: 'retraining', evidence: { opponent: 'champion', score: 'hit' } });
});
