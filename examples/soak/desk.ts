import assert from 'node:assert/strict';
import {
  type Executor,
  hashDataset,
  type ManualClock,
  PerformanceMonitor,
  type PerformanceStorage,
  type StoredModelVersion,
} from '@mlperf/core';
import { ModelPredictor, type ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { families } from './families.ts';
import type { Journal } from './journal.ts';
import { FEATURE_NAMES, featuresOf, knownRows, type Market, MOST_ROWS_LATE } from './market.ts';
import type { Fault, Span } from './span.ts';

const MODEL_TYPE = 'logistic-regression';
const HYPERPARAMETERS = { l2: 1 };
/** The reason stored with the retraining that is cut off. */
export const INTERRUPTED = 'the story interrupts it';
/** How often a faulty pipeline gives the label away: always, or often enough to look like skill. */
const LEAKS: Partial<Record<Fault, number>> = { 'plain poison': 1, 'subtle poison': 0.75 };
const FAULTY_FAMILIES: Partial<Record<Fault, string>> = { crash: 'crashing', hang: 'hanging' };

/** What the desks of an open session share. */
export interface DeskSetting {
  readonly storage: PerformanceStorage;
  readonly registry: ModelRegistry;
  readonly executor: Executor;
  readonly clock: ManualClock;
  readonly span: Span;
}

/** One symbol with its model: served, watched and retrained. What it must remember is in the storage. */
export interface Desk {
  /** Outcomes that have become known, a look for something to do, and the prediction of this row. */
  play(row: number): Promise<void>;
  /** Takes up what is unfinished, so that nothing is. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export function modelNameOf({ symbol }: Market): string {
  return `${symbol}/direction`;
}

/** The id of the prediction of a row. */
export function predictionIdOf({ symbol }: Market, row: number): string {
  return `${symbol} ${row}`;
}

export async function openDesk(market: Market, journal: Journal, setting: DeskSetting): Promise<Desk> {
  const { storage, registry, executor, clock, span } = setting;
  const modelName = modelNameOf(market);
  let now = span.warmUpRows;
  let fault: Fault | undefined;
  await serveFirstModel(market, setting);

  const monitor = await PerformanceMonitor.open({ storage, modelName, clock, config: span.monitoring });
  const serving = { source: registry, modelName, families, featureNames: FEATURE_NAMES };
  const predictor = await ModelPredictor.open({ ...serving, recorder: monitor, clock });
  const manager = await RetrainingManager.open({
    ...{ registry, storage, executor, monitor, modelName, clock, seed: 'soak' },
    modelType: MODEL_TYPE,
    hyperparameters: HYPERPARAMETERS,
    // Too few rows that the champion has not seen: asked again.
    gather: async ({ champion }) =>
      unseenRows(market, now, champion) < span.retraining.holdoutRows!
        ? undefined
        : knownRows(market, now, span.gatherRows, fault === undefined ? 0 : LEAKS[fault]),
    trainer: {
      async train(request, options) {
        const modelType = (fault && FAULTY_FAMILIES[fault]) ?? request.modelType;
        const fitted = await executor.fit({ ...request, modelType }, options);
        return { ...fitted, model: fitted.model! };
      },
    },
    config: span.retraining,
    checkEveryMs: false,
  });
  for (const type of ['model-degraded', 'model-recovered'] as const) monitor.on(type, () => journal.hear(type));
  for (const type of ['probation-ended', 'fallback-taken', 'model-promoted', 'model-rolled-back'] as const) {
    manager.on(type, () => journal.hear(type));
  }
  manager.on('retraining-started', ({ resumed }) =>
    journal.hear(resumed ? 'retraining-resumed' : 'retraining-started'),
  );
  for (const type of ['retraining-completed', 'retraining-rejected', 'retraining-failed', 'circuit-opened'] as const) {
    manager.on(type, () => journal.hear(type));
  }

  const canChallenge = async () => {
    const versionId = (await registry.getSlot(modelName))?.championVersionId;
    const champion = versionId === undefined ? undefined : await registry.getVersion(versionId);
    return unseenRows(market, now, champion) >= span.retraining.holdoutRows!;
  };
  /** The retraining that the story asks for, with its fault; one under way is taken up first. */
  const goWrong = async (wrong: Fault, row: number): Promise<void> => {
    await manager.resume();
    fault = wrong;
    try {
      const result = await manager.executeRetraining('manual', { reason: `the story asks for ${wrong}` });
      journal.faults.push({ fault: wrong, row, result });
    } finally {
      fault = undefined;
    }
  };
  /** Closes the manager in the middle of a retraining: the next session takes it up. */
  const interrupt = async (): Promise<void> => {
    await manager.resume();
    const begun = new Promise<void>((resolve) => {
      manager.on('retraining-started', () => resolve());
    });
    const interrupted = manager.executeRetraining('manual', { reason: INTERRUPTED }).catch(() => undefined);
    await begun;
    await manager.close();
    await interrupted;
    journal.interrupted = true;
  };

  return {
    async play(row) {
      await manager.whenIdle();
      await predictor.refresh();
      now = row;
      const resolved: Promise<void>[] = [];
      for (let past = Math.max(span.warmUpRows, row - 1 - MOST_ROWS_LATE); past < row; past++) {
        if (market.knownAt[past] !== row || journal.servedBy[past] === -1) continue;
        const outcome = {
          observedAt: market.timeOf(past + 1),
          direction: market.ups[past] === 1 ? 'up' : 'down',
        } as const;
        resolved.push(monitor.recordOutcome(predictionIdOf(market, past), outcome));
        journal.resolved[past] = 1;
      }
      const [next] = span.faults.filter(({ symbol }) => symbol === market.symbol).slice(journal.faultsBegun);
      const isTime = next !== undefined && next.row <= row && (await canChallenge());
      const isLooking = isTime || row % span.tickEvery === 0;
      if (isLooking) await Promise.all(resolved);
      if (isTime) journal.faultsBegun++;
      if (isTime && next.fault === 'interruption') await interrupt();
      else if (isTime) await goWrong(next.fault, row);
      else if (isLooking) await manager.tick();
      await predictor.refresh();
      const asked = predictor.predictNext({
        id: predictionIdOf(market, row),
        symbol: market.symbol,
        features: featuresOf(market, row),
        predictedAt: market.timeOf(row),
        dueAt: market.timeOf(row + 1),
      });
      const [made] = await Promise.all([asked, ...resolved]);
      assert.equal(made.status, 'predicted', `${market.symbol} has a model at every row`);
      if (made.status === 'predicted') journal.predicted(row, made.prediction.modelVersionId);
    },
    async finish() {
      await manager.whenIdle();
      await manager.resume({ waitForLease: true });
    },
    async close() {
      await manager.close();
      await predictor.close();
      await monitor.close();
    },
  };
}

/** Rows with a known label that a version has not been trained on. */
function unseenRows(market: Market, now: number, version: Pick<StoredModelVersion, 'metadata'> | undefined): number {
  const through = Number(version?.metadata.trainedThrough ?? Number.NEGATIVE_INFINITY);
  let count = 0;
  for (let row = now - 1; row >= 0 && market.timeOf(row) > through; row--) {
    if (market.knownAt[row]! >= 0 && market.knownAt[row]! <= now) count++;
  }
  return count;
}

/** Trains on the warm-up; its accuracy is validated on the newest rows by a model that has not seen them. */
async function serveFirstModel(market: Market, { registry, executor, span }: DeskSetting): Promise<void> {
  const modelName = modelNameOf(market);
  if ((await registry.getSlot(modelName))?.championVersionId !== undefined) return;
  const warmUp = knownRows(market, span.warmUpRows, span.warmUpRows);
  const held = knownRows(market, span.warmUpRows, 100);
  const request = { modelType: MODEL_TYPE, hyperparameters: HYPERPARAMETERS, seed: 'soak' };
  const before = knownRows(market, span.warmUpRows - 125, span.warmUpRows);
  const [validated, fitted] = await Promise.all([
    executor.fit({ ...request, train: before, predict: [held.features], returnModel: false }),
    executor.fit({ ...request, train: warmUp }),
  ]);
  const right = held.targets.filter((target, i) => validated.predictions[0]![2 * i + 1]! >= 0.5 === (target === 1));
  const { versionId } = await registry.registerModel({
    modelName,
    model: {
      modelType: MODEL_TYPE,
      classes: fitted.classes,
      featureNames: FEATURE_NAMES,
      lookBack: 0,
      bytes: fitted.model!,
    },
    flatBand: 0,
    hyperparameters: HYPERPARAMETERS,
    trainingMetrics: { accuracy: right.length / held.targets.length },
    dataVersion: hashDataset(warmUp),
    metadata: { trainedThrough: warmUp.labelEndsAt.at(-1)! },
  });
  await registry.promoteToProduction(versionId, { expectedActive: undefined, reason: 'the first model' });
}
