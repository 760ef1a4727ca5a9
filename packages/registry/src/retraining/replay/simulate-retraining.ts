import { ConflictError, type Dataset, InvalidInputError, ManualClock, PerformanceMonitor } from '@mlperf/core';
import { ModelRegistry } from '../../model-registry.ts';
import { ModelPredictor } from '../../serving/model-predictor.ts';
import { timeOrder } from '../gate/block-length.ts';
import { RetrainingManager } from '../retraining-manager.ts';
import type { ScheduledRetraining } from '../schedule/retraining-schedules.ts';
import { serveFirstModel } from './first-model.ts';
import { ReplayDrift } from './replay-drift.ts';
import { replayMoments } from './replay-moments.ts';
import type { ReplayPolicy, ReplaySetting } from './replay-policy.ts';
import { type ReplayReport, ReplayTally } from './replay-report.ts';
import { ReplayRows } from './replay-rows.ts';

const HOUR_MS = 3_600_000;
/** Rows between two turns of the event loop. */
const ROWS_PER_TURN = 250;

/**
 * What a policy would have done: recorded history goes through the very code that runs live, on a virtual clock. A model
 * trained on the warm-up predicts each row when it came, its monitor hears each label when it was known, and the manager
 * looks for something to do every `tickEveryMs`, at the runs of schedules and at alarms. Only time is different: a
 * training takes none of it.
 *
 * @param history - Rows with labels, whose classes are directions; with `returns` outcomes are judged by price. What
 * comes after a row does not reach it: training sees the rows whose label was known by then.
 * @returns every decision with its evidence, the version that served each row, and how often it was right.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a regression or labels that are no directions; `OUT_OF_RANGE`;
 * `CONFLICT` when the storage holds something of the model name; what the policy's parts throw; `ABORTED`.
 * @remarks The same history, policy and seed: the same report. Beside training, a fraction of a millisecond a row and a tick.
 * @example
 * const { accuracy, counts } = await simulateRetraining(history, policy, { storage: openMemoryStorage(), executor, families, warmUpRows: 500 });
 */
export async function simulateRetraining(
  history: Dataset,
  policy: ReplayPolicy,
  setting: ReplaySetting,
): Promise<ReplayReport> {
  const { storage, executor, families, modelName = 'replay', signal, onProgress } = setting;
  const { tickEveryMs = HOUR_MS } = policy;
  requireReplayable(history, policy, setting);
  if ((await storage.slots.get(modelName)) !== undefined) {
    throw new ConflictError(`a replay needs a storage without anything of '${modelName}'`);
  }
  const startAt = history.timestamps[timeOrder(history)[setting.warmUpRows]!]!;
  const clock = new ManualClock(startAt);
  const rows = new ReplayRows(history);
  const registry = await ModelRegistry.open({ storage, clock });
  await serveFirstModel(registry, modelName, rows.knownBy(startAt), policy, setting);

  const closing: (() => Promise<void>)[] = [];
  try {
    const monitor = await PerformanceMonitor.open({ storage, modelName, clock, config: policy.monitoring ?? {} });
    closing.push(() => monitor.close());
    const predictor = await ModelPredictor.open({
      source: registry,
      modelName,
      families,
      featureNames: history.featureNames,
      recorder: monitor,
      clock,
      refreshIntervalMs: Number.MAX_SAFE_INTEGER,
    });
    closing.push(() => predictor.close());
    const manager = await RetrainingManager.open({
      registry,
      storage,
      executor,
      modelName,
      modelType: policy.modelType,
      hyperparameters: policy.hyperparameters,
      gather: async () => rows.knownBy(clock.now(), policy.gatherRows),
      monitor,
      config: policy.retraining ?? {},
      flatBand: policy.flatBand ?? 0,
      clock,
      deadlineClock: clock,
      seed: policy.seed,
      checkEveryMs: false,
      ...(policy.triggers === undefined ? {} : { triggers: policy.triggers }),
      ...(policy.trainer === undefined ? {} : { trainer: policy.trainer }),
      ...(policy.tuner === undefined ? {} : { tuner: policy.tuner }),
    });
    closing.push(() => manager.close());
    const schedules: ScheduledRetraining[] = [];
    for (const { schedule, timezone } of policy.schedules ?? []) {
      schedules.push(await manager.scheduleRetraining(schedule, timezone === undefined ? {} : { timezone }));
    }

    const known = () => rows.knownBy(clock.now(), policy.gatherRows);
    const drift = policy.dataDrift && new ReplayDrift(storage, manager, policy.dataDrift, clock);
    if (drift !== undefined) closing.push(() => drift.close());
    const serveNewest = async () => {
      await predictor.refresh();
      await drift?.follow(predictor.servedVersionId, known);
    };
    await serveNewest();

    const tally = new ReplayTally(history.timestamps.length);
    const total = history.timestamps.length - setting.warmUpRows;
    let nextTick = startAt + tickEveryMs;
    let nextRun = nextOf(schedules);
    let done = 0;
    const tickUntil = async (end: number) => {
      for (let due = Math.min(nextTick, nextRun); due < end; due = Math.min(nextTick, nextRun)) {
        clock.setTime(due);
        await manager.tick();
        await serveNewest();
        if (due === nextTick) nextTick += tickEveryMs;
        nextRun = nextOf(schedules);
      }
    };
    for (const { at, kind, row } of replayMoments(history, startAt)) {
      // At one time the labels come first, then the manager looks, then rows are asked for.
      await tickUntil(kind === 'label' ? at : at + 1);
      clock.setTime(at);
      if (kind === 'label') {
        if (!tally.hasPredicted(row)) continue;
        await monitor.recordOutcome(rows.idOf(row), rows.outcomeOf(row));
        if (!manager.retrainingInProgress) continue;
        await manager.whenIdle();
        await serveNewest();
        continue;
      }
      const made = await predictor.predictNext(rows.requestOf(row, predictor.lookBack ?? 0));
      if (made.status !== 'predicted') tally.missed();
      else tally.predicted(row, made.prediction.modelVersionId, made.prediction.direction === rows.labelOf(row));
      await drift?.record(rows.featuresOf(row), history.featureNames);
      if (manager.retrainingInProgress) {
        await manager.whenIdle();
        await serveNewest();
      }
      if (++done % ROWS_PER_TURN !== 0) continue;
      signal?.throwIfAborted();
      onProgress?.(done / total);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await tickUntil(clock.now() + 1);
    return await tally.report(storage, modelName);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function nextOf(schedules: readonly ScheduledRetraining[]): number {
  return Math.min(...schedules.map(({ nextRunAt }) => nextRunAt ?? Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
}

/** Fewest rows a first model can be validated and trained on. */
const LEAST_WARM_UP = 20;
const DIRECTIONS: readonly string[] = ['up', 'down', 'flat'];

function requireReplayable(
  history: Dataset,
  { tickEveryMs = HOUR_MS }: ReplayPolicy,
  { warmUpRows }: ReplaySetting,
): void {
  const other = history.classes?.find((name) => !DIRECTIONS.includes(name));
  if (history.classes === undefined || other !== undefined) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `a replay needs labels that are directions (${DIRECTIONS.join(', ')}); got ${other ?? 'a regression'}`,
    );
  }
  const rows = history.timestamps.length;
  if (!Number.isInteger(warmUpRows) || warmUpRows < LEAST_WARM_UP || warmUpRows >= rows) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `warmUpRows must be a whole number of at least ${LEAST_WARM_UP} and below the ${rows} rows; got ${warmUpRows}`,
    );
  }
  if (!(tickEveryMs >= 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `tickEveryMs must be at least 1; got ${tickEveryMs}`);
  }
}
