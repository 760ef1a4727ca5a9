import { cpus } from 'node:os';
import {
  type Executor,
  hashDataset,
  ManualClock,
  PerformanceMonitor,
  type PerformanceMonitoringConfig,
  type PerformanceStorage,
  type ProgressSink,
  purgeTrainingRows,
  type RetrainingConfig,
  selectRows,
  type TrackedPrediction,
} from '@mlperf/core';
import { ModelPredictor, ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { workerThreadExecutor } from '@mlperf/workers';
import { families } from './families.ts';
import { FEATURE_NAMES, type FeatureRow, featureRows, labelledDataset } from './features.ts';
import { loadSp500 } from './market.ts';

export const MODEL_NAME = 'SP500/1d/direction';
export const SYMBOL = 'SP500';
/** Two basis points of the position, paid for each day's trade. */
export const COST_PER_TRADE = 0.0002;
export const TRADING_DAYS_PER_YEAR = 252;

const DAY_MS = 86_400_000;
const SEED = 'paper-trading';
const YEAR_DAYS = 365.25;

const HYPERPARAMETERS = { nEstimators: 100, maxDepth: 4, minSamplesLeaf: 20, maxSamples: 0.5 };

const MONITORING: Partial<PerformanceMonitoringConfig> = {
  windowSize: 250,
  // The validated accuracy is a little over one half: an absolute floor of 55 % would condemn it on the first day.
  baselineTolerance: 0.02,
  // Two years of trading days.
  falseAlarmEvery: 500,
  costPerTrade: COST_PER_TRADE,
  periodsPerYear: TRADING_DAYS_PER_YEAR,
};

/** Two years of days neither model has seen decide between them. */
const HOLDOUT_ROWS = 500;

const RETRAINING: Partial<RetrainingConfig> = {
  maxAgeDays: 4 * YEAR_DAYS,
  // Two challenges in one year would share most of the rows that judge them.
  cooldownMs: YEAR_DAYS * DAY_MS,
  holdoutRows: HOLDOUT_ROWS,
  minTrainingRows: 1000,
  costPerTrade: COST_PER_TRADE,
  confidenceLevel: 0.9,
};

/** Training looks back this far: markets forget. */
const TRAINING_WINDOW_MS = 6 * YEAR_DAYS * DAY_MS;

/** The whole loop over one database file: serving, monitoring, retraining, on a clock that the days drive. */
export class PaperTradingSession {
  readonly storage: PerformanceStorage;
  readonly reportPath: string;
  /** The day a stopped run goes on from, as YYYY-MM-DD. */
  readonly resumedAt: string | undefined;
  readonly #rows: readonly FeatureRow[];
  readonly #clock: ManualClock;
  #next: number;
  #awaited: TrackedPrediction | undefined;
  #overnight: Promise<unknown> | undefined;

  constructor(
    storage: PerformanceStorage,
    databasePath: string,
    rows: readonly FeatureRow[],
    past: readonly TrackedPrediction[],
  ) {
    this.storage = storage;
    this.reportPath = databasePath.replace(/(\.[^./\\]*)?$/, '.report.json');
    this.#rows = rows;
    const last = past.at(-1);
    const isOver = last?.outcome !== undefined && last.predictedAt === rows.at(-2)!.at;
    this.#awaited = last?.outcome === undefined ? last : undefined;
    this.#next = isOver
      ? rows.length
      : rows.findIndex((row) => (last === undefined ? row.at >= Date.UTC(2006, 0, 1) : row.at > last.predictedAt));
    this.#clock = new ManualClock(isOver ? rows.at(-1)!.at : (last?.predictedAt ?? rows[this.#next - 1]!.at));
    this.resumedAt = last === undefined ? undefined : dayOf(rows[this.#next]?.at ?? last.predictedAt);
  }

  /** Trading days not played yet. */
  get remainingDays(): number {
    return this.#rows.length - this.#next;
  }

  /** Plays every remaining day: the last prediction's outcome arrives, the next prediction is made. */
  async run(progress: ProgressSink, acknowledge: (what: string) => void = () => {}): Promise<void> {
    progress.start(this.remainingDays, 'training on 2000 to 2005');
    const executor = workerThreadExecutor({
      familiesModule: new URL('./families.ts', import.meta.url),
      threads: Math.max(1, cpus().length - 1),
    });
    const registry = await ModelRegistry.open({ storage: this.storage, families, clock: this.#clock });
    await this.#ensureFirstModel(registry, executor);
    const monitor = await PerformanceMonitor.open({
      storage: this.storage,
      modelName: MODEL_NAME,
      config: MONITORING,
      clock: this.#clock,
    });
    const predictor = await ModelPredictor.open({
      source: registry,
      modelName: MODEL_NAME,
      families,
      featureNames: FEATURE_NAMES,
      recorder: monitor,
      clock: this.#clock,
    });
    const retraining = await RetrainingManager.open({
      registry,
      storage: this.storage,
      executor,
      monitor,
      modelName: MODEL_NAME,
      modelType: 'random-forest',
      hyperparameters: HYPERPARAMETERS,
      gather: async ({ champion }) => {
        const now = this.#clock.now();
        const seenThrough = Number(champion?.metadata.trainedThrough);
        const unseen = this.#rows.filter((row) => row.at > seenThrough && row.at < now).length;
        // Too few days that the champion has not seen: asked again tomorrow.
        return unseen < HOLDOUT_ROWS ? undefined : labelledDataset(this.#rows, now - TRAINING_WINDOW_MS, now);
      },
      config: RETRAINING,
      clock: this.#clock,
      checkEveryMs: false,
      leaseTtlMs: 10_000,
      seed: SEED,
    });
    retraining.on('retraining-started', ({ retrainingId }) => acknowledge(`retraining ${retrainingId}`));
    try {
      // What a killed run left half done comes first.
      await retraining.resume({ waitForLease: true });
      const first = this.#next;
      for (; this.#next < this.#rows.length; this.#next++) {
        const answered = this.#awaited?.id;
        await this.#playDay(this.#rows[this.#next]!, monitor, predictor, retraining);
        if (answered !== undefined) acknowledge(`stored ${answered}`);
        progress.update(this.#next + 1 - first, `trading ${dayOf(this.#clock.now()).slice(0, 4)}`);
      }
      await this.#overnight;
      await retraining.whenIdle();
      await monitor.exportPerformanceReport(this.reportPath, { days: 15 * YEAR_DAYS });
    } finally {
      progress.stop();
      await retraining.close();
      await predictor.close();
      await monitor.close();
      await executor.close();
    }
  }

  close(): Promise<void> {
    return this.storage.close();
  }

  async #playDay(
    row: FeatureRow,
    monitor: PerformanceMonitor,
    predictor: ModelPredictor,
    retraining: RetrainingManager,
  ): Promise<void> {
    // A training begun after yesterday's close takes until today's: the clock waits for it, so that every machine
    // tells the same story.
    await this.#overnight;
    await retraining.whenIdle();
    await predictor.refresh();
    this.#clock.setTime(row.at);
    const outcome = this.#awaited && monitor.recordOutcome(this.#awaited.id, { observedAt: row.at, price: row.close });
    const isLast = this.#next === this.#rows.length - 1;
    const prediction = isLast
      ? undefined
      : predictor.predictNext({
          symbol: SYMBOL,
          features: row.features,
          referencePrice: row.close,
          predictedAt: row.at,
          dueAt: this.#rows[this.#next + 1]!.at,
        });
    await outcome;
    const made = await prediction;
    if (made?.status === 'unavailable') throw new Error(made.message);
    this.#awaited = made?.prediction as TrackedPrediction | undefined;
    this.#overnight = retraining.tick();
  }

  /** Trains on 2000 to 2004, validates on 2005, then trains on all six years and serves that. */
  async #ensureFirstModel(registry: ModelRegistry, executor: Executor): Promise<void> {
    if ((await registry.getSlot(MODEL_NAME))?.championVersionId !== undefined) return;
    const now = this.#clock.now();
    const data = labelledDataset(this.#rows, 0, now);
    const split = data.timestamps.findIndex((at) => at >= Date.UTC(2005, 0, 1));
    const heldOut = range(split, data.features.rows);
    const validation = selectRows(data, heldOut);
    const request = { modelType: 'random-forest', hyperparameters: HYPERPARAMETERS, seed: SEED };
    const [validated, trained] = await Promise.all([
      executor.fit({
        ...request,
        train: selectRows(data, purgeTrainingRows(data, range(0, split), heldOut)),
        predict: [validation.features],
        returnModel: false,
      }),
      executor.fit({ ...request, train: data }),
    ]);
    const correct = validation.targets.filter(
      (target, row) => (validated.predictions[0]![2 * row + 1]! >= 0.5 ? 1 : 0) === target,
    ).length;
    const version = await registry.registerModel({
      modelName: MODEL_NAME,
      model: {
        modelType: 'random-forest',
        classes: trained.classes,
        featureNames: FEATURE_NAMES,
        lookBack: trained.lookBack,
        bytes: trained.model!,
      },
      flatBand: 0,
      hyperparameters: HYPERPARAMETERS,
      trainingMetrics: { accuracy: correct / validation.features.rows },
      dataVersion: hashDataset(data),
      metadata: { trainedThrough: data.labelEndsAt.at(-1)! },
    });
    await registry.promoteToProduction(version.versionId, {
      expectedActive: undefined,
      reason: 'first model, trained on 2000 to 2005',
      actor: 'host',
    });
  }
}

/** Opens or creates the database and finds out how far it has come. */
export async function openPaperTrading(databasePath: string): Promise<PaperTradingSession> {
  const storage = await openSqliteStorage(databasePath);
  const past: TrackedPrediction[] = [];
  let cursor: string | undefined;
  do {
    const page = await storage.predictions.list({ modelName: MODEL_NAME }, { limit: 1000, ...(cursor && { cursor }) });
    past.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return new PaperTradingSession(storage, databasePath, featureRows(loadSp500()), past);
}

export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}
