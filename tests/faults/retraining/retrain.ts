/**
 * Retrains a model on a SQLite file: `retrain.ts <file> start` from the beginning, `retrain.ts <file> resume` what
 * another process has left. Says `at <stage>` in the middle of each stage's work, `served <version>` for a prediction
 * made before the work goes on, and last `ended <status>`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor } from '@mlperf/core';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { workerThreadExecutor } from '@mlperf/workers';
import { modelName, rows, START } from '../../unit/registry/retraining/retraining-world.ts';
import { ruleFamily, serialized } from '../../unit/registry/rule-family.ts';

const GATHER_MS = 700;

const [file, mode] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

const storage = await openSqliteStorage(file!);
const registry = await ModelRegistry.open({ storage });
const threads = workerThreadExecutor({
  familiesModule: new URL('./slow-rule-families.ts', import.meta.url),
  threads: 1,
});
const sayStage = async () => {
  const entry = await storage.retrainings.unfinished(modelName);
  say(`at ${entry?.stage}`);
};
const executor: Executor = {
  concurrency: threads.concurrency,
  async fit(request, options) {
    await sayStage();
    return threads.fit(request, options);
  },
  async predict(request, options) {
    await sayStage();
    return threads.predict(request, options);
  },
  close: () => threads.close(),
};

if (mode === 'start') {
  const { versionId } = await registry.registerModel({
    modelName,
    model: serialized({ follow: true, certainty: 0.8, featureNames: ['momentum'] }),
    flatBand: 0.002,
    hyperparameters: {},
    trainingMetrics: { accuracy: 0.6 },
    dataVersion: 'd',
    metadata: { trainedThrough: START - 300_000 },
  });
  await registry.promoteToProduction(versionId, { expectedActive: undefined });
}
const predictor = await ModelPredictor.open({ source: registry, modelName, families: [ruleFamily] });
const manager = await RetrainingManager.open({
  registry,
  storage,
  executor,
  modelName,
  modelType: 'rule',
  hyperparameters: { certainty: 0.9 },
  async gather() {
    await sayStage();
    await sleep(GATHER_MS);
    return rows(400, 100);
  },
  seed: 'seed',
  checkEveryMs: false,
  leaseTtlMs: 1_500,
  config: { holdoutRows: 100, minTrainingRows: 50, bootstrapReplicates: 200, trainingWindow: 'all' },
});

async function serve(): Promise<void> {
  const result = await predictor.predictNext({ symbol: 'BTC-USD', features: { momentum: 1 } });
  say(`served ${result.status === 'predicted' ? result.prediction.modelVersionId : result.message}`);
}

const work = mode === 'start' ? manager.executeRetraining('manual') : manager.resume({ waitForLease: true });
await serve();
const result = await work;
await predictor.refresh();
await serve();
await manager.close();
await predictor.close();
await executor.close();
await storage.close();
say(`ended ${result?.status}`);
