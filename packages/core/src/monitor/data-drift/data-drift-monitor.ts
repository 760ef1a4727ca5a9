import { type Clock, systemClock } from '../../clock.ts';
import { InterruptedError, InvalidInputError, MlperfError } from '../../errors.ts';
import { type EventSource, type Listener, type ListenerErrorHandler, TypedEmitter } from '../../events.ts';
import type { DriftReference } from '../../ports/reference-store.ts';
import { DEFAULT_TAKEOVER_WAIT_MS, MonitorLease } from '../recording/monitor-lease.ts';
import type { DataDriftEvents } from './data-drift-events.ts';
import type { DataDriftVerdict } from './data-drift-verdict.ts';
import { detectDataDrift } from './detect-data-drift.ts';
import type { DriftReferenceProfile } from './drift-reference-profile.ts';
import { FEATURE_REFERENCE, requireDriftReferenceOf } from './drift-reference-storage.ts';
import { type DataDriftOptions, resolveDriftRule } from './drift-rule.ts';
import { type DataDriftStorage, DriftStreamWriter } from './drift-stream-writer.ts';
import type { FeatureRow } from './feature-row.ts';
import { type FeatureAlarm, StreamingDriftDetector, type StreamingDriftOptions } from './streaming-drift-detector.ts';
import type { StreamingDriftVerdict } from './streaming-drift-verdict.ts';

export interface DataDriftMonitorOptions extends StreamingDriftOptions {
  readonly storage: DataDriftStorage;
  readonly modelVersionId: string;
  /** Passed on in events. */
  readonly modelName?: string;
  /** Of the stored reference. Default `features`. */
  readonly referenceName?: string;
  /** The rule of {@link DataDriftMonitor.check}. */
  readonly rule?: DataDriftOptions;
  /** Rows between two saves of the stream's state, ≥ 1. Default 100. An alarm is saved at once. */
  readonly saveEvery?: number;
  /** Shown to whoever finds the lease held. Default `process <pid>`. */
  readonly owner?: string;
  /** How long `open` waits for a dead monitor's lease to run out. Default 12,000; 0 not at all. */
  readonly takeoverWaitMs?: number;
  readonly clock?: Clock;
  readonly onListenerError?: ListenerErrorHandler;
}

/**
 * Watches the features of one model version against its stored reference: each row as it comes, with an alarm budget
 * ({@link StreamingDriftDetector}), and any set of rows on demand ({@link detectDataDrift}).
 *
 * @remarks One live monitor per version and reference: it holds the lease `data-drift:<version>:<referenceName>`, and every
 * write shows it. The stream's state is stored beside the reference under the name `<referenceName>/stream`.
 * @example
 * const drift = await DataDriftMonitor.open({ storage, modelVersionId: 'v7' });
 * drift.on('drift-detected', ({ verdict }) => notify(verdict.reason));
 * monitor.on('prediction-recorded', ({ prediction, at }) => drift.recordFeatures(prediction.features ?? {}, at));
 */
export class DataDriftMonitor implements EventSource<DataDriftEvents> {
  readonly modelVersionId: string;
  readonly #options: DataDriftMonitorOptions;
  readonly #clock: Clock;
  readonly #reference: DriftReferenceProfile;
  readonly #detector: StreamingDriftDetector;
  readonly #emitter: TypedEmitter<DataDriftEvents>;
  readonly #saveEvery: number;
  readonly #writer: DriftStreamWriter;
  #closed = false;
  #closing: Promise<void> | undefined;

  private constructor(
    options: DataDriftMonitorOptions,
    reference: DriftReferenceProfile,
    detector: StreamingDriftDetector,
    held: { readonly lease: MonitorLease; readonly taken: DriftReference | undefined },
  ) {
    this.modelVersionId = options.modelVersionId;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#reference = reference;
    this.#detector = detector;
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#saveEvery = options.saveEvery ?? 100;
    const { storage, referenceName = FEATURE_REFERENCE } = options;
    const record = () => ({
      modelVersionId: this.modelVersionId,
      name: streamName(referenceName),
      reference: this.#detector.toJSON(),
      createdAt: Math.floor(this.#clock.now()),
    });
    this.#writer = new DriftStreamWriter({ storage, ...held, record });
  }

  /**
   * Loads the reference and goes on where the stored stream stood. A stream of another reference, budget, number of
   * bins or seed is not taken up: the watch then starts anew. After a kill, opening waits until the dead monitor's lease
   * has run out.
   * @throws {@link ConflictError} `LEASE_HELD` while another one is live for the version and reference;
   * {@link NotFoundError} without a stored reference; {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE` for
   * an option, `INVALID_RECORD` when what is stored is no reference or no stream; as the storage throws.
   */
  static async open(options: DataDriftMonitorOptions): Promise<DataDriftMonitor> {
    const { storage, modelVersionId, referenceName = FEATURE_REFERENCE, saveEvery = 100 } = options;
    resolveDriftRule(options.rule);
    if (!Number.isSafeInteger(saveEvery) || saveEvery < 1) {
      throw new InvalidInputError('OUT_OF_RANGE', `saveEvery must be a whole number ≥ 1; got ${saveEvery}`);
    }
    const lease = await MonitorLease.acquire({
      storage,
      key: `data drift of ${modelVersionId}, ${referenceName}`,
      lease: `data-drift:${modelVersionId}:${referenceName}`,
      owner: options.owner ?? `process ${process.pid}`,
      takeoverWaitMs: options.takeoverWaitMs ?? DEFAULT_TAKEOVER_WAIT_MS,
    });
    try {
      const reference = await requireDriftReferenceOf(storage, { modelVersionId, name: referenceName });
      const taken = await storage.references.get(modelVersionId, streamName(referenceName));
      return new DataDriftMonitor(options, reference, takeUp(taken, reference, options), { lease, taken });
    } catch (error) {
      await lease.release().catch(() => undefined);
      throw error;
    }
  }

  on<Name extends keyof DataDriftEvents & string>(event: Name, listener: Listener<DataDriftEvents[Name]>): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Rows the stream has seen, restarts included. After a crash: how many a replay may leave out. */
  get rows(): number {
    return this.#detector.rows;
  }

  /** Whether any feature of the stream has drifted and is not acknowledged. */
  get driftDetected(): boolean {
    return this.#detector.drifted;
  }

  /**
   * Takes the features of one prediction, in the order of the calls; a feature they lack is missing. Memory is updated
   * at once. The promise resolves when the row is counted and, where a save was due, stored: a crash forgets at most
   * the last `saveEvery` − 1 rows and no alarm.
   * @param at - When they were seen, epoch milliseconds; passed on in the event. Default now. Its order does not matter.
   * @throws {@link InvalidInputError} as `StreamingDriftDetector.update`, `NOT_FINITE` for `at`; nothing has changed then.
   * {@link InterruptedError} `CLOSED`; {@link ConflictError} `FENCED` once another monitor has taken over. As the storage
   * throws: the row is counted, and the next one tries to save again.
   */
  async recordFeatures(features: FeatureRow, at: number = this.#clock.now()): Promise<void> {
    this.#requireOpen();
    this.#writer.requireHeld();
    if (!Number.isFinite(at)) throw new InvalidInputError('NOT_FINITE', `at must be a finite time; got ${at}`);
    const alarms = this.#detector.update(features);
    this.#writer.changed();
    if (alarms.length === 0 && this.#writer.unsaved < this.#saveEvery) return;
    if (alarms.length === 0) return await this.#writer.save();
    const verdict = this.#detector.verdict();
    try {
      await this.#writer.save();
    } catch (error) {
      this.#announce(alarms, at, verdict, false);
      throw error;
    }
    this.#announce(alarms, at, verdict, true);
  }

  /**
   * Judges a set of rows against the reference and reports a drift. One look each: at the default level a stable model
   * drifts in at most one of twenty checks.
   * @throws as {@link detectDataDrift}; {@link InterruptedError} `CLOSED`.
   */
  check(rows: readonly FeatureRow[]): DataDriftVerdict {
    this.#requireOpen();
    const verdict = detectDataDrift(this.#reference, rows, this.#options.rule);
    const [feature] = verdict.driftedFeatures;
    if (verdict.drifted && feature !== undefined) {
      const { effect = 0 } = verdict.features.find((each) => each.feature === feature) ?? {};
      const { effectThreshold: threshold } = verdict.rule;
      const { modelVersionId } = this;
      const event = { at: this.#clock.now(), modelVersionId, ...this.#named(), feature, statistic: effect, threshold };
      this.#emitter.emit('drift-detected', { ...event, detector: 'batch', verdict });
    }
    return verdict;
  }

  /** Where the stream stands. */
  verdict(): StreamingDriftVerdict {
    return this.#detector.verdict();
  }

  /**
   * Marks drifted features (default: all) as known, so that their next alarm is reported; resolves when stored.
   * @throws {@link NotFoundError} for a name that is not in the reference; {@link InterruptedError} `CLOSED`.
   */
  async acknowledge(features?: readonly string[]): Promise<void> {
    this.#requireOpen();
    this.#writer.requireHeld();
    this.#detector.acknowledge(features);
    this.#writer.changed();
    await this.#writer.save();
  }

  /** Resolves when every row recorded before is stored. @throws as the storage: call it again to try again. */
  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  /**
   * Takes no more rows, flushes, and lets the next monitor in. Idempotent.
   * @throws as the storage: what could not be stored is kept, the lease too, and closing again tries again. `FENCED` when
   * another monitor has taken over: rows it did not store are lost.
   */
  close(): Promise<void> {
    this.#closed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      if (MlperfError.is(error) && error.code === 'FENCED') await this.#writer.release();
      else this.#closing = undefined;
      throw error;
    }
    await this.#writer.release();
    this.#emitter.removeAllListeners();
  }

  #announce(alarms: readonly FeatureAlarm[], at: number, verdict: StreamingDriftVerdict, durable: boolean): void {
    for (const { feature, statistic, threshold } of alarms) {
      const { modelVersionId } = this;
      const event = { at, modelVersionId, ...this.#named(), feature, statistic, threshold, durable, verdict };
      this.#emitter.emit('drift-detected', { ...event, detector: 'stream' });
    }
  }

  #named(): { readonly modelName?: string } {
    const { modelName } = this.#options;
    return modelName === undefined ? {} : { modelName };
  }

  #requireOpen(): void {
    if (this.#closed) throw new InterruptedError('CLOSED', `the drift monitor of '${this.modelVersionId}' is closed`);
  }
}

function streamName(referenceName: string): string {
  return `${referenceName}/stream`;
}

function takeUp(
  stored: DriftReference | undefined,
  reference: DriftReferenceProfile,
  options: DataDriftMonitorOptions,
): StreamingDriftDetector {
  if (stored === undefined) return new StreamingDriftDetector(reference, options);
  try {
    return StreamingDriftDetector.restore(stored.reference, reference, options);
  } catch (error) {
    if (MlperfError.is(error) && error.code === 'CONFLICT') return new StreamingDriftDetector(reference, options);
    throw error;
  }
}
