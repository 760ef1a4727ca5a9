import {
  type Dataset,
  type Direction,
  ManualClock,
  PerformanceMonitor,
  type PerformanceMonitoringConfig,
  type RetrainingConfig,
  selectRows,
} from '@mlperf/core';
import { logisticRegressionFamily } from '@mlperf/models';
import { simulateRetraining } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { inlineExecutor } from '@mlperf/workers';
import { HOUR_MS, type RegimeStream, WARM_UP_ROWS } from './regime-streams.ts';

/** What a policy did with a stream. */
export interface PolicyRun {
  /** Over the outcomes after the change. */
  readonly accuracy: number;
  /** Over the same outcomes. */
  readonly retrainings: number;
}

const ROWS_PER_DAY = 24;
const MODEL = { modelType: 'logistic-regression', hyperparameters: { l2: 1 }, seed: 'retraining-bench' };
/** The same alarm for the policies that listen to one. */
const MONITORING: Partial<PerformanceMonitoringConfig> = { baselineTolerance: 0.02 };
/**
 * Ours, for hourly rows: chosen on streams of other seeds. A promotion too many costs little beside a week of a model whose
 * rule is gone, so the error of a challenge is large, and the budget is beside it.
 */
const RETRAINING: Partial<RetrainingConfig> = {
  holdoutRows: 50,
  minTrainingRows: 50,
  minRowsSinceChange: 110,
  trainingWindow: 'since-change',
  confidenceLevel: 0.4,
  wrongPromotionsPerYear: 100,
  maxAgeDays: 10,
};
const GATHER_ROWS = 200;

const executor = inlineExecutor({ families: [logisticRegressionFamily] });

/** The library's policy, by its own code on a virtual clock. */
export async function ours({ history, changeAt }: RegimeStream): Promise<PolicyRun> {
  const report = await simulateRetraining(
    history,
    { ...MODEL, retraining: RETRAINING, monitoring: MONITORING, gatherRows: GATHER_ROWS },
    { storage: openMemoryStorage(), executor, families: [logisticRegressionFamily], warmUpRows: WARM_UP_ROWS },
  );
  const changedAt = history.timestamps[changeAt]!;
  const after = report.retrainings.filter(({ requestedAt }) => requestedAt >= changedAt);
  const hits = report.hits.subarray(changeAt);
  return { accuracy: hits.reduce((sum, hit) => sum + Number(hit === 1), 0) / hits.length, retrainings: after.length };
}

/** Serves the first model for ever. */
export async function never({ history, changeAt }: RegimeStream): Promise<PolicyRun> {
  const right = await hitsOf(history, changeAt, history.timestamps.length, 0, WARM_UP_ROWS);
  return { accuracy: right / (history.timestamps.length - changeAt), retrainings: 0 };
}

/** Trains on the newest rows at the end of every day and serves whatever came of it. */
export async function daily({ history, changeAt }: RegimeStream, trainingRows: number): Promise<PolicyRun> {
  const end = history.timestamps.length;
  let right = 0;
  let retrainings = 0;
  for (let from = changeAt; from < end; from += ROWS_PER_DAY) {
    right += await hitsOf(history, from, Math.min(end, from + ROWS_PER_DAY), from - trainingRows, from);
    retrainings++;
  }
  return { accuracy: right / (end - changeAt), retrainings };
}

/** Trains on the newest rows whenever the monitor says that accuracy has dropped, and serves whatever came of it. */
export async function everyAlarm({ history, changeAt }: RegimeStream, trainingRows: number): Promise<PolicyRun> {
  const end = history.timestamps.length;
  const from = WARM_UP_ROWS;
  let model = await modelOf(history, 0, from);
  let monitor = await watchOf(model.validated);
  let right = 0;
  let retrainings = 0;
  for (let row = from; row < end; row++) {
    const up = model.probabilities[2 * row + 1]! >= 0.5;
    const wasUp = history.targets[row] === 1;
    if (row >= changeAt && up === wasUp) right++;
    const at = history.timestamps[row]!;
    await monitor.watch.trackPredictionOutcome(
      {
        id: String(row),
        modelVersionId: monitor.id,
        symbol: 'series 0',
        predictedAt: at,
        direction: direction(up),
        confidence: 0.6,
      },
      { observedAt: at + HOUR_MS, direction: direction(wasUp) },
    );
    if (!monitor.watch.degradationDetected) continue;
    await monitor.watch.close();
    model = await modelOf(history, row + 1 - trainingRows, row + 1);
    monitor = await watchOf(model.validated);
    if (row >= changeAt) retrainings++;
  }
  await monitor.watch.close();
  return { accuracy: right / (end - changeAt), retrainings };
}

function direction(up: boolean): Direction {
  return up ? 'up' : 'down';
}

async function watchOf(validatedAccuracy: number) {
  const degradationThreshold = Math.max(0.01, validatedAccuracy - (MONITORING.baselineTolerance ?? 0));
  const clock = new ManualClock(0);
  const watch = await PerformanceMonitor.open({
    storage: openMemoryStorage({ clock }),
    clock,
    modelVersionId: 'served',
    config: { degradationThreshold },
  });
  return { watch, id: 'served' };
}

/** Trained on rows [from, to), its answers to every row, and its accuracy on the newest fifth by a model of the others. */
async function modelOf(history: Dataset, from: number, to: number) {
  const split = from + Math.floor(0.8 * (to - from));
  const held = range(history, split, to);
  const [fitted, validation] = await Promise.all([
    executor.fit({ ...MODEL, train: range(history, from, to), predict: [history.features], returnModel: false }),
    executor.fit({ ...MODEL, train: range(history, from, split), predict: [held.features], returnModel: false }),
  ]);
  const answers = validation.predictions[0]!;
  const right = held.targets.reduce((sum, target, i) => sum + Number(answers[2 * i + 1]! >= 0.5 === (target === 1)), 0);
  return { probabilities: fitted.predictions[0]!, validated: right / held.targets.length };
}

/** How many of the rows [from, to) a model trained on [trainFrom, trainTo) answers rightly. */
async function hitsOf(history: Dataset, from: number, to: number, trainFrom: number, trainTo: number): Promise<number> {
  const asked = range(history, from, to);
  const { predictions } = await executor.fit({
    ...MODEL,
    train: range(history, Math.max(0, trainFrom), trainTo),
    predict: [asked.features],
    returnModel: false,
  });
  const answers = predictions[0]!;
  return asked.targets.reduce((sum, target, i) => sum + Number(answers[2 * i + 1]! >= 0.5 === (target === 1)), 0);
}

function range(history: Dataset, from: number, to: number): Dataset {
  return selectRows(
    history,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );
}
