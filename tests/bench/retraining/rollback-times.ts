import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { inlineExecutor } from '@mlperf/workers';
import { matchedPair, modelName } from '../../faults/serving/matched-pair.ts';
import { ruleFamily } from '../../unit/registry/rule-family.ts';
import type { Report } from '../harness/figure.ts';
import { reportTimes } from '../serving/promotion-times.ts';

const HOUR_MS = 3_600_000;

/** From the call of `rollbackModel()` to the first prediction by the version before, on a SQLite file. */
export async function reportRollbacks(report: Report, count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-bench-'));
  const storage = await openSqliteStorage(join(folder, 'rollback.sqlite'));
  try {
    const families = [ruleFamily];
    const registry = await ModelRegistry.open({ storage });
    const predictor = await ModelPredictor.open({
      ...{ source: registry, modelName, families, refreshIntervalMs: HOUR_MS },
    });
    const manager = await RetrainingManager.open({
      ...{ registry, storage, executor: inlineExecutor({ families }), modelName, modelType: 'rule', seed: 'bench' },
      hyperparameters: {},
      gather: async () => undefined,
      checkEveryMs: false,
    });
    const good = await registry.registerModel(matchedPair(1));
    await registry.promoteToProduction(good.versionId, { expectedActive: undefined });
    const times: number[] = [];
    for (let i = 2; i < count + 2; i++) {
      const { versionId } = await registry.registerModel(matchedPair(i));
      await registry.promoteToProduction(versionId, { expectedActive: good.versionId });
      await untilServed(predictor, versionId);
      const startedAt = performance.now();
      await manager.rollbackModel();
      await untilServed(predictor, good.versionId);
      times.push(performance.now() - startedAt);
    }
    assert.equal((await registry.getSlot(modelName))?.championVersionId, good.versionId);
    reportTimes(report, 'rollback to the first prediction by the version before', times, 1_000);
    await Promise.all([manager.close(), predictor.close()]);
  } finally {
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilServed(predictor: ModelPredictor, versionId: string): Promise<void> {
  for (;;) {
    const result = await predictor.predictNext({ symbol: 'BTC-USD', features: { momentum: 1 } });
    if (result.status === 'predicted' && result.prediction.modelVersionId === versionId) return;
    await new Promise(setImmediate);
  }
}
