import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataset, keyedRandom, ManualClock, PerformanceMonitor, type PerformanceStorage } from '@mlperf/core';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { inlineExecutor } from '@mlperf/workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ruleFamily, serialized } from '../rule-family.ts';

const modelName = 'SYN/1m/direction';
const MINUTE = 60_000;
const families = [ruleFamily];

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shadow-loop-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** A host that trades one symbol: labels follow the feature's sign, or the opposite, nine times in ten. */
class Host {
  readonly clock = new ManualClock(0);
  readonly #random = keyedRandom('host');
  readonly #rows: { readonly at: number; readonly sign: number; readonly up: boolean }[] = [];
  readonly story: string[] = [];
  follows = true;
  storage!: PerformanceStorage;
  registry!: ModelRegistry;
  monitor!: PerformanceMonitor;
  predictor!: ModelPredictor;
  manager!: RetrainingManager;

  async open() {
    this.storage = await openSqliteStorage(join(directory, 'host.db'), { clock: this.clock });
    this.registry = await ModelRegistry.open({ storage: this.storage });
  }

  async start() {
    const { storage, registry, clock } = this;
    this.monitor = await PerformanceMonitor.open({ storage, modelName, clock });
    const served = { source: registry, modelName, families, recorder: this.monitor, clock };
    this.predictor = await ModelPredictor.open(served);
    this.manager = await RetrainingManager.open({
      registry,
      storage,
      executor: inlineExecutor({ families }),
      modelName,
      modelType: 'rule',
      hyperparameters: { certainty: 0.9 },
      gather: async () => this.#dataset(),
      flatBand: 0,
      clock,
      deadlineClock: clock,
      seed: 's',
      checkEveryMs: false,
      config: { holdoutRows: 100, minTrainingRows: 50, gate: 'both', minShadowRows: 60, cooldownMs: 0 },
    });
    for (const name of ['retraining-completed', 'model-rolled-back', 'probation-ended'] as const) {
      this.manager.on(name, () => {
        this.story.push(name);
      });
    }
  }

  async stop() {
    await this.manager.close();
    await this.predictor.close();
    await this.monitor.close();
    await this.storage.close();
  }

  /** Decisions, a minute each, with their outcomes. */
  async trade(count: number) {
    for (let i = 0; i < count; i++) {
      const row = this.see();
      this.clock.setTime(row.at);
      const result = await this.predictor.predictNext({ symbol: 'SYN', features: { momentum: row.sign } });
      if (result.status !== 'predicted') throw new Error(result.message);
      this.clock.setTime(row.at + MINUTE / 2);
      const outcome = { observedAt: this.clock.now(), direction: row.up ? 'up' : 'down' } as const;
      await this.monitor.recordOutcome(result.prediction.id, outcome);
      await this.manager.tick();
      await this.predictor.refresh();
    }
  }

  see() {
    const sign = this.#random.next() < 0.5 ? -1 : 1;
    const kept = this.#random.next() < 0.9;
    const row = { at: (this.#rows.at(-1)?.at ?? 0) + MINUTE, sign, up: sign > 0 === (kept === this.follows) };
    this.#rows.push(row);
    return row;
  }

  #dataset() {
    const rows = this.#rows.slice(-250);
    return createDataset({
      features: rows.map(({ sign }) => [sign]),
      featureNames: ['momentum'],
      targets: rows.map(({ up }) => (up ? 1 : 0)),
      classes: ['down', 'up'],
      timestamps: rows.map(({ at }) => at),
      labelEndsAt: rows.map(({ at }) => at + MINUTE / 2),
    });
  }
}

it('a challenger goes from training through shadow to serving, over a restart, and is taken back when the market turns', async () => {
  const host = new Host();
  await host.open();
  const { versionId: old } = await host.registry.registerModel({
    modelName,
    model: serialized({ follow: true, certainty: 0.8, featureNames: ['momentum'] }),
    flatBand: 0,
    hyperparameters: {},
    trainingMetrics: { accuracy: 0.9 },
    dataVersion: 'd',
    metadata: { trainedThrough: 0 },
  });
  await host.registry.promoteToProduction(old, { expectedActive: undefined });
  await host.start();
  host.follows = false;
  for (let i = 0; i < 260; i++) host.see();
  host.clock.setTime(260 * MINUTE + MINUTE / 2);
  expect(await host.manager.executeRetraining('manual')).toMatchObject({ status: 'waiting' });
  const { newVersionId: challenger } = (await host.storage.retrainings.unfinished(modelName))!;

  await host.trade(30);
  expect(host.predictor.shadowVersionId).toBe(challenger);
  expect((await host.registry.getSlot(modelName))?.championVersionId).toBe(old);
  await host.stop();
  await host.open();
  await host.start();
  await host.trade(60);
  expect(host.story).toEqual(['retraining-completed']);
  expect(host.predictor.servedVersionId).toBe(challenger);
  // Its predecessor is beside it now.
  expect(host.predictor.shadowVersionId).toBe(old);

  host.follows = true;
  await host.trade(60);
  expect(host.story).toEqual(['retraining-completed', 'model-rolled-back', 'probation-ended']);
  expect(host.predictor.servedVersionId).toBe(old);
  expect(host.predictor.shadowVersionId).toBeUndefined();
  expect((await host.storage.models.barred(modelName)).map(({ versionId }) => versionId)).toEqual([challenger]);

  const { versionId: next } = await host.registry.registerModel({
    modelName,
    model: serialized({ follow: true, certainty: 0.7, featureNames: ['momentum'] }),
    flatBand: 0,
    hyperparameters: {},
    trainingMetrics: {},
    dataVersion: 'd',
  });
  await host.registry.promoteToProduction(next, { expectedActive: old });
  const before = performance.now();
  await host.manager.rollbackModel();
  await host.predictor.refresh();
  expect(host.predictor.servedVersionId).toBe(old);
  // By hand: one call, and the whole way to the predictor takes less than a second.
  expect(performance.now() - before).toBeLessThan(1_000);
  await host.stop();
});
