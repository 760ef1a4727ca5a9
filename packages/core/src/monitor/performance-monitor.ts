import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { resolveSection } from '../config/config-section.ts';
import {
  type PerformanceMonitoringConfig,
  performanceMonitoringSection,
} from '../config/performance-monitoring-config.ts';
import { InvalidInputError } from '../errors.ts';
import { type EventSource, type Listener, type ListenerErrorHandler, TypedEmitter } from '../events.ts';
import type { PredictionRecorder } from '../ports/prediction-recorder.ts';
import type { PerformanceStorage, StorageStores } from '../ports/storage.ts';
import type { Outcome } from '../types/outcome.ts';
import type { Prediction, RecordedPrediction } from '../types/prediction.ts';
import { announceChange, announceStored } from './announce.ts';
import { type DegradationVerdict, verdictOf, verdictWithoutVersion } from './degradation/degradation-verdict.ts';
import type { MonitorEvents } from './monitor-events.ts';
import { newestLiveVersion } from './newest-live-version.ts';
import { recordedPrediction, reportedOutcome } from './recording/host-call.ts';
import { DEFAULT_TAKEOVER_WAIT_MS, MonitorLease } from './recording/monitor-lease.ts';
import type { Operation, ReportedOutcome } from './recording/operation.ts';
import { OperationQueue } from './recording/operation-queue.ts';
import type { Batch } from './recording/store-batch.ts';
import { awaitUnclaimed } from './recording/version-claim.ts';
import type { PerformanceReport } from './report/performance-report.ts';
import { type PerformanceSummary, type SummaryScope, summarizePerformance } from './report/performance-summary.ts';
import {
  type ConfidenceCalibration,
  calibrationOf,
  type RollingMetrics,
  rollingMetricsOf,
} from './report/rolling-metrics.ts';
import { requireReportFormat, writeWhole } from './report/write-report.ts';
import type { VersionMonitor } from './version/version-monitor.ts';
import { type WindowMetrics, type WindowQuery, windowMetricsOf } from './window/window-metrics.ts';

const REPORT_DAYS = 30;
const REPORT_WINDOWS = 1_000;

/** What a monitor is opened with beside the key it watches. */
export interface MonitorOpenOptions {
  readonly storage: PerformanceStorage;
  /** The `performanceMonitoring` section; what is left out takes its default. */
  readonly config?: Partial<PerformanceMonitoringConfig>;
  /** Domain time, which a simulation may drive. Leases, retries and alarms overdue go by `storage.clock`. */
  readonly clock?: Clock;
  /** Told of a listener that threw or rejected. Default: a process warning. */
  readonly onListenerError?: ListenerErrorHandler;
  /** Names this monitor to others that find its lease. Default: the process id. */
  readonly owner?: string;
  /** How long to wait for the lease of a monitor that may be dead. Default a little over its time to live. */
  readonly takeoverWaitMs?: number;
}

/** With `modelName` the monitor follows the champion of that slot; with `modelVersionId` it stays with one version. */
export type PerformanceMonitorOptions = MonitorOpenOptions &
  (
    | { readonly modelName: string; readonly modelVersionId?: undefined }
    | { readonly modelVersionId: string; readonly modelName?: undefined }
  );

/**
 * Tracks what a model predicts and what then happens, and says when it no longer works.
 *
 * Figures read from memory change with the call; the promise of a call resolves when it is durable. Calls may be made
 * without awaiting the one before: they take effect and are stored in their order.
 *
 * @example
 * const monitor = await PerformanceMonitor.open({ storage, modelName: 'BTC-USD/1h/direction' });
 * monitor.on('model-degraded', ({ verdict }) => pauseTrading(verdict.reason));
 * await monitor.recordPrediction({ id: 'p1', modelVersionId: 'v1', symbol: 'BTC-USD', predictedAt: 0, direction: 'up',
 *   confidence: 0.7, referencePrice: 100 });
 * await monitor.recordOutcome('p1', { observedAt: 3_600_000, price: 101 });
 * monitor.rollingAccuracy; // 1
 */
export class PerformanceMonitor implements PredictionRecorder, EventSource<MonitorEvents> {
  readonly #storage: PerformanceStorage;
  readonly #settings: PerformanceMonitoringConfig;
  readonly #clock: Clock;
  readonly #scope: SummaryScope;
  readonly #emitter: TypedEmitter<MonitorEvents>;
  readonly #lease: MonitorLease;
  readonly #queue: OperationQueue;
  readonly #renewing: Promise<void>;
  #current: string | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    options: PerformanceMonitorOptions,
    settings: PerformanceMonitoringConfig,
    lease: MonitorLease,
    current: string | undefined,
    usedBefore: boolean,
  ) {
    this.#storage = options.storage;
    this.#settings = settings;
    this.#clock = options.clock ?? systemClock;
    this.#scope = scopeOf(options);
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#lease = lease;
    this.#current = current;
    const context = () => ({ at: this.#now(), current: this.#current, modelName: options.modelName });
    this.#queue = new OperationQueue(
      {
        storage: options.storage,
        settings,
        lease,
        current: () => this.#current,
        follow: (tx, batch) => this.#follow(tx, batch),
        onStored: (operation, receipt) => announceStored(this.#emitter, operation, receipt, context()),
        onOverdue: (effect, change) => announceChange(this.#emitter, effect, change, false, context()),
        onFailed: (error, fatal) =>
          this.#emitter.emit('storage-failed', { at: this.#now(), error, waiting: this.#queue.waiting, fatal }),
      },
      usedBefore,
    );
    this.#renewing = lease.keep((error) => this.#queue.fail(error));
  }

  /**
   * Opens the monitor of a model and takes up where the last one stopped. Only one may be live for a key: after a
   * kill, opening waits until the dead one's lease has run out.
   *
   * @throws {@link ConflictError} `LEASE_HELD` while another one is live, for this key or for the version it leads to.
   * @throws {@link InvalidInputError} `INVALID_CONFIG` | `INVALID_TYPE`. {@link StorageError}.
   */
  static async open(options: PerformanceMonitorOptions): Promise<PerformanceMonitor> {
    const { storage, modelName, clock = systemClock, takeoverWaitMs = DEFAULT_TAKEOVER_WAIT_MS } = options;
    const settings = resolveSection(performanceMonitoringSection, options.config ?? {});
    const key = requireKey(options);
    const lease = await MonitorLease.acquire({
      storage,
      key,
      owner: options.owner ?? `process ${process.pid}`,
      takeoverWaitMs,
    });
    try {
      const current = modelName === undefined ? key : await championOf(storage, modelName, clock.now());
      // Members of a decision may be of any version, so a version alone cannot tell that there are none.
      const used =
        modelName === undefined || (await storage.predictions.list({ modelName }, { limit: 1 })).items.length > 0;
      const monitor = new PerformanceMonitor(options, settings, lease, current, used);
      if (current !== undefined) {
        await awaitUnclaimed(storage, current, lease.fence.lease, takeoverWaitMs);
        await monitor.#queue.load(current);
      }
      return monitor;
    } catch (error) {
      await lease.release().catch(() => undefined);
      throw error;
    }
  }

  /** The version whose figures are shown; absent for a model name before its first version. */
  get modelVersionId(): string | undefined {
    return this.#current;
  }

  /** Accuracy of the last `windowSize` live outcomes; `undefined` before the first. */
  get rollingAccuracy(): number | undefined {
    const aggregate = this.#version?.aggregate;
    return aggregate === undefined || aggregate.count === 0 ? undefined : aggregate.correct / aggregate.count;
  }

  /** True from the alarm until recovery, `resetMetrics` or the promotion of another version. */
  get degradationDetected(): boolean {
    return this.#version?.rule.degraded ?? false;
  }

  /**
   * Records a prediction of any role. One already stored is left alone.
   *
   * @throws {@link InvalidInputError} `INVALID_RECORD`, also for another model name than the monitor's, or a live
   * prediction of another version than the one it is bound to.
   * @throws {@link ConflictError} `CONFLICT` for an id stored with other content, or a second live prediction of a
   * decision; `FENCED` once another monitor took over.
   * @throws {@link StorageError} `TOO_LARGE` when too many calls wait for storage. {@link InterruptedError} `CLOSED`.
   */
  recordPrediction(prediction: Prediction): Promise<void> {
    return this.#submit(() => ({ prediction: this.#recorded(prediction) }));
  }

  /**
   * Records what happened: for every prediction of the decision, all or none. The same outcome again changes nothing.
   *
   * @param predictionOrDecisionId - A prediction's id, or else a decision's.
   * @param options.correct - True to replace an outcome that differs. Windows and roll-ups then change; the degradation
   * rule does not, for it has already drawn its conclusions.
   * @throws {@link NotFoundError} for an id that is neither.
   * @throws {@link ConflictError} `CONFLICT` for another outcome than the stored one, without `correct`.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a return above 1e4 in size, a bad tick: nothing has changed then.
   * @throws as {@link recordPrediction}.
   */
  recordOutcome(
    predictionOrDecisionId: string,
    outcome: Outcome,
    options: { readonly correct?: boolean } = {},
  ): Promise<void> {
    return this.#submit(() => ({
      outcome: this.#reported(predictionOrDecisionId, outcome, options.correct === true),
    }));
  }

  /** A prediction and its outcome together, both or neither: for replays and for outcomes known at once. */
  trackPredictionOutcome(prediction: Prediction, outcome: Outcome): Promise<void> {
    return this.#submit(() => {
      const recorded = this.#recorded(prediction);
      return { prediction: recorded, outcome: this.#reported(recorded.id, outcome, false) };
    });
  }

  /**
   * Figures of the newest live outcomes, from memory.
   * @param windowSize - Default: the configured one. Up to 1,000, or the configured one if that is larger.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
   * @remarks O(1) in the number of outcomes seen; O(windowSize).
   */
  calculateRollingMetrics(windowSize?: number): RollingMetrics {
    return rollingMetricsOf(this.#version, this.#settings, this.#now(), windowSize);
  }

  /**
   * Figures of any window of stored outcomes: by count or by time, of a symbol or any other segment, of live, shadow or
   * member predictions. Outcomes still on their way to storage are not in it.
   *
   * @returns `undefined` before the monitor has met a version, when none is named.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`. {@link StorageError}.
   * @example await monitor.getWindowMetrics({ windowMs: 7 * 86_400_000, segment: 'BTC-USD', role: 'shadow' });
   */
  async getWindowMetrics(query: WindowQuery = {}): Promise<WindowMetrics | undefined> {
    const modelVersionId = query.modelVersionId ?? this.#current;
    if (modelVersionId === undefined) return undefined;
    const afterSequence = this.#queue.memory.versions.get(modelVersionId)?.position.resetSequence ?? 0;
    const scope = { modelVersionId, afterSequence, now: this.#now() };
    return await windowMetricsOf(this.#storage, query, scope, this.#settings);
  }

  /** Whether the model is below its floor, with the evidence; from memory. */
  detectDegradation(): DegradationVerdict {
    const version = this.#version;
    return version === undefined
      ? verdictWithoutVersion(this.#settings)
      : verdictOf(version, this.#settings, this.#now());
  }

  /** Hits against stated confidence over the newest live outcomes; from memory. @param windowSize - As for rolling metrics. */
  getConfidenceCalibration(windowSize?: number): ConfidenceCalibration {
    return calibrationOf(this.#version, this.#settings, this.#now(), windowSize);
  }

  /**
   * Live performance of the last days, by `predictedAt`, from storage; with a model name over all its versions.
   * It ends with the present hour of `clock`: a prediction dated later (the clock ran backwards, or the host's is ahead)
   * is stored, counts in the figures from memory, and is in a summary made once the clock has come there.
   * @param days - In (0, 36525]. @throws {@link InvalidInputError} `OUT_OF_RANGE`. {@link StorageError}.
   */
  async getPerformanceSummary(days: number): Promise<PerformanceSummary> {
    return await summarizePerformance(this.#storage, this.#scope, days, this.#now(), this.#settings);
  }

  /**
   * Writes a report: `.json` with everything, `.csv` with one table. The file appears whole or not at all.
   * @param options.days - What the summary covers. Default 30.
   * @throws {@link InvalidInputError} `INVALID_TYPE` for another extension. {@link MlperfError} `IO_FAILURE`.
   */
  async exportPerformanceReport(path: string, options: { readonly days?: number } = {}): Promise<void> {
    const format = requireReportFormat(path);
    const current = this.#current;
    const [summary, windows] = await Promise.all([
      this.getPerformanceSummary(options.days ?? REPORT_DAYS),
      current === undefined ? [] : this.#storage.windows.recent({ modelVersionId: current, limit: REPORT_WINDOWS }),
    ]);
    const report: PerformanceReport = {
      formatVersion: 1,
      generatedAt: this.#now(),
      verdict: this.detectDegradation(),
      rolling: this.calculateRollingMetrics(),
      calibration: this.getConfidenceCalibration(),
      summary,
      windows,
    };
    await writeWhole(path, format(report));
  }

  /**
   * Starts the current version's figures again: window, degradation rule and counts. What is stored stays stored;
   * an outcome that comes later for an earlier prediction counts. Resolves when durable.
   */
  resetMetrics(): Promise<void> {
    return this.#submit(() => (this.#current === undefined ? {} : { resetVersionId: this.#current }));
  }

  /** Resolves when every call made so far has been stored or refused. */
  flush(): Promise<void> {
    return this.#submit(() => ({}));
  }

  /** Stores what waits and lets the next monitor in. Idempotent. @throws what kept something from being stored. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  on<Name extends keyof MonitorEvents>(event: Name, listener: Listener<MonitorEvents[Name]>): () => void {
    return this.#emitter.on(event, listener);
  }

  get #version(): VersionMonitor | undefined {
    return this.#current === undefined ? undefined : this.#queue.memory.versions.get(this.#current)?.version;
  }

  /** @param parts - What the host gave, checked: a refusal is the promise's. */
  #submit(parts: () => Pick<Operation, 'prediction' | 'outcome' | 'resetVersionId'>): Promise<void> {
    const done = Promise.withResolvers<void>();
    try {
      return this.#queue.submit({ ...parts(), done, doubtful: false, refusals: 0 });
    } catch (error) {
      done.reject(error);
      return done.promise;
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#queue.close();
    } finally {
      // A lease that cannot be given back runs out by itself.
      await this.#lease.release().catch(() => undefined);
      await this.#renewing;
    }
  }

  #recorded(given: Prediction): RecordedPrediction {
    return recordedPrediction(given, this.#scope, this.#now());
  }

  #reported(key: string, outcome: Outcome, correct: boolean): ReportedOutcome {
    return reportedOutcome(key, outcome, correct, this.#now());
  }

  /** Another version than the current one predicts: the slot says whether it is the champion now. */
  async #follow(tx: StorageStores, batch: Batch): Promise<() => void> {
    if (!('modelName' in this.#scope)) return () => undefined;
    const others = new Set<string>();
    let newest: string | undefined;
    for (const { effects } of batch.operations) {
      const prediction = effects?.recorded;
      if (prediction?.role !== 'live') continue;
      newest = prediction.modelVersionId;
      if (newest !== this.#current) others.add(newest);
    }
    if (others.size === 0) return () => undefined;
    const champion = (await tx.slots.get(this.#scope.modelName))?.championVersionId;
    const next = champion === undefined ? newest : others.has(champion) ? champion : this.#current;
    return () => {
      this.#current = next;
    };
  }

  #now(): number {
    return Math.floor(this.#clock.now());
  }
}

function scopeOf({ modelName, modelVersionId }: PerformanceMonitorOptions): SummaryScope {
  return modelName === undefined ? { modelVersionId } : { modelName };
}

function requireKey({ modelName, modelVersionId }: PerformanceMonitorOptions): string {
  const key: unknown = modelName ?? modelVersionId;
  if (typeof key === 'string' && key !== '' && (modelName === undefined) !== (modelVersionId === undefined)) return key;
  throw new InvalidInputError(
    'INVALID_TYPE',
    `a monitor needs either modelName or modelVersionId; got ${JSON.stringify({ modelName, modelVersionId })}`,
  );
}

async function championOf(storage: PerformanceStorage, modelName: string, now: number): Promise<string | undefined> {
  const slot = await storage.slots.get(modelName);
  return slot?.championVersionId ?? (await newestLiveVersion(storage, modelName, now));
}
