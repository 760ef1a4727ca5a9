import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createDataset, type Dataset, hashDataset, keyedRandom, PerformanceMonitor } from '@mlperf/core';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { retrainingTuner } from '@mlperf/tuning';
import { workerThreadExecutor } from '@mlperf/workers';
import type { Report } from '../harness/figure.ts';
import { families } from './families.ts';

const MODEL_NAME = 'BENCH/1m/direction';
/** Predicted for at the same time. */
const SYMBOLS = 16;
const MINUTE_MS = 60_000;
const FEATURES = Array.from({ length: 10 }, (_, i) => `x${i}`);
const FOREST = { modelType: 'random-forest', hyperparameters: { nEstimators: 50, maxDepth: 6, minSamplesLeaf: 10 } };

/** What of the work each form does. */
interface Load {
  readonly rows: number;
  readonly trials: number;
  readonly rounds: number;
}

/** What was seen while a host predicted and recorded outcomes as fast as it could. */
interface Seen {
  readonly perSecond: number;
  /** Time between two turns of a timer of one millisecond, 99th percentile. */
  readonly delayMs: number;
}

/**
 * A host that predicts for 16 symbols at a time, stores and resolves that, again and again, first with nothing beside it and then while a
 * retraining with a search for hyperparameters runs in the same process, its fits on worker threads on all cores but one.
 */
export async function reportHostResponsiveness(report: Report, quick: boolean): Promise<void> {
  const load: Load = quick ? { rows: 800, trials: 3, rounds: 1 } : { rows: 4_000, trials: 12, rounds: 5 };
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-bench-'));
  const storage = await openSqliteStorage(join(folder, 'host.sqlite'));
  const executor = workerThreadExecutor({ familiesModule: new URL('./families.ts', import.meta.url) });
  try {
    const data = marketOf(load.rows);
    const registry = await ModelRegistry.open({ storage, families });
    const fitted = await executor.fit({ ...FOREST, seed: 'first', train: data });
    const { versionId } = await registry.registerModel({
      modelName: MODEL_NAME,
      model: { ...FOREST, classes: fitted.classes, featureNames: FEATURES, lookBack: 0, bytes: fitted.model! },
      flatBand: 0,
      hyperparameters: FOREST.hyperparameters,
      trainingMetrics: { accuracy: 0.5 },
      dataVersion: hashDataset(data),
      metadata: { trainedThrough: -1 },
    });
    await registry.promoteToProduction(versionId, { expectedActive: undefined });
    const monitor = await PerformanceMonitor.open({
      storage,
      modelName: MODEL_NAME,
      config: { degradationThreshold: 0.01 },
    });
    const serving = { source: registry, modelName: MODEL_NAME, families, featureNames: FEATURES };
    const predictor = await ModelPredictor.open({ ...serving, recorder: monitor });
    const manager = await RetrainingManager.open({
      ...{ registry, storage, executor, monitor, modelName: MODEL_NAME, ...FOREST, seed: 'bench' },
      gather: async () => data,
      tuner: retrainingTuner({ families, storage, executor }),
      config: { holdoutRows: 250, minTrainingRows: 200, tuningTrials: load.trials, maxPerDay: 1_000, probationRows: 0 },
      checkEveryMs: false,
    });
    const host = hostOf(predictor, monitor, data);
    await host.until(sleepMs(quick ? 300 : 2_000));
    const ratios: number[] = [];
    const delays: number[] = [];
    const idleDelays: number[] = [];
    const idleRates: number[] = [];
    let seconds = 0;
    for (let round = 0; round < load.rounds; round++) {
      const before = await host.until(sleepMs(quick ? 300 : 3_000));
      const startedAt = performance.now();
      const retraining = manager.executeRetraining('manual', { reason: 'the benchmark asks' });
      const during = await host.until(retraining);
      seconds += (performance.now() - startedAt) / 1_000;
      const result = await retraining;
      assert.ok(result.status === 'promoted' || result.status === 'rejected', JSON.stringify(result));
      const after = await host.until(sleepMs(quick ? 300 : 3_000));
      const idle = (before.perSecond + after.perSecond) / 2;
      ratios.push(during.perSecond / idle);
      delays.push(during.delayMs);
      idleRates.push(idle);
      idleDelays.push((before.delayMs + after.delayMs) / 2);
    }
    const studies = await storage.studies.list({ modelType: FOREST.modelType }, { limit: 100 });
    assert.equal(studies.items.length, load.rounds, 'each retraining searched');
    const threads = Math.max(1, availableParallelism() - 1);
    report({ name: 'threads of the executor: all cores but one', value: threads, unit: 'threads' });
    report({ name: 'a retraining with its search, mean', value: seconds / load.rounds, unit: 's' });
    report({ name: 'predictions stored and resolved a second, idle', value: median(idleRates), unit: '1/s' });
    const subject = 'event-loop delay, 99th percentile, median of rounds';
    report({ name: `${subject}, idle`, value: median(idleDelays), unit: 'ms' });
    report({ name: `${subject}, while retraining`, value: median(delays), unit: 'ms', budget: { max: 10 } });
    report({
      name: 'predictions a second while retraining, of idle, median of rounds',
      value: median(ratios),
      unit: '×',
      budget: { min: 0.9 },
    });
    await Promise.all([manager.close(), predictor.close(), monitor.close()]);
  } finally {
    await executor.close();
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Predicts and resolves a row of every symbol at once, with a turn of the event loop after each. */
function hostOf(predictor: ModelPredictor, monitor: PerformanceMonitor, data: Dataset) {
  let asked = 0;
  const predictOne = async () => {
    const row = asked % data.features.rows;
    const at = ++asked;
    const made = await predictor.predictNext({
      id: String(at),
      symbol: `BENCH ${at % SYMBOLS}`,
      features: data.features.values.subarray(row * FEATURES.length, (row + 1) * FEATURES.length),
      predictedAt: at,
    });
    assert.equal(made.status, 'predicted');
    await monitor.recordOutcome(String(at), { observedAt: at + 1, direction: data.targets[row] === 1 ? 'up' : 'down' });
  };
  return {
    async until(work: Promise<unknown>): Promise<Seen> {
      let over = false;
      const end = () => {
        over = true;
      };
      work.then(end, end);
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const startedAt = performance.now();
      const first = asked;
      while (!over) {
        await Promise.all(Array.from({ length: SYMBOLS }, predictOne));
        await new Promise(setImmediate);
      }
      const perSecond = ((asked - first) * 1_000) / (performance.now() - startedAt);
      delay.disable();
      return { perSecond, delayMs: delay.percentile(99) / 1e6 };
    },
  };
}

/** Minutes of a market that follows the first two features six times in ten. */
function marketOf(rows: number): Dataset {
  const random = keyedRandom('host-responsiveness');
  const features = Array.from({ length: rows }, () => FEATURES.map(() => 2 * random.next() - 1));
  const timestamps = features.map((_, row) => row * MINUTE_MS);
  return createDataset({
    features,
    featureNames: FEATURES,
    targets: features.map(([a, b]) => (a! + b! > 0 === random.next() < 0.6 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps.map((at) => at + MINUTE_MS),
  });
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
