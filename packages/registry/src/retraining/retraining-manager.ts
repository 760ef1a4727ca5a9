import {
  type Clock,
  type EventSource,
  InterruptedError,
  InvalidInputError,
  type Listener,
  type RetrainingConfig,
  type RetrainingTrigger,
  type RetrainingTriggerType,
  resolveRetrainingConfig,
  TypedEmitter,
} from '@mlperf/core';
import { announceResult } from './announce-result.ts';
import { tickRepeatedly } from './background-ticks.ts';
import type { OpenCircuit } from './circuit.ts';
import { CircuitNotice } from './circuit-notice.ts';
import { forwardRegistryEvents } from './forward-registry-events.ts';
import { leaseExpiry } from './lease-keeper.ts';
import { ManagedVersions } from './managed-versions.ts';
import { ProbationWatch } from './probation/probation-watch.ts';
import { errorRecordOf } from './retraining-entry.ts';
import type { RetrainingEvents } from './retraining-events.ts';
import type { RetrainingManagerOptions, RetrainingResult } from './retraining-manager-options.ts';
import { RetrainingWork } from './retraining-work.ts';
import type { RunResult } from './run-context.ts';
import type { RetrainingSchedule } from './schedule/cron-schedule.ts';
import {
  RetrainingSchedules,
  type ScheduledRetraining,
  type ScheduleOptions,
} from './schedule/retraining-schedules.ts';
import { takeUpWork } from './take-up-work.ts';
import type { DriftSource } from './triggers/drift-trigger.ts';
import { requireReason } from './triggers/require-reason.ts';
import { TriggerBoard } from './triggers/trigger-board.ts';

/**
 * Keeps one model name trained: notices why to retrain, trains a challenger elsewhere, and promotes it if it beats the
 * champion on the newest data that neither has seen. The champion serves throughout.
 *
 * A retraining is a stored entry that moves `requested → gathering → training → evaluating → promoted | rejected |
 * failed`. One manager at a time works on it, under a lease that is renewed while it lives and that fences its writes;
 * one that a crash left unfinished is taken up by the next {@link tick} of any manager once the lease has expired:
 * it goes on from `gathering` or `evaluating`, and fails as `interrupted at training`.
 *
 * A promoted challenger is on probation: worse than its predecessor, it is taken back. When there is no champion yet, the
 * challenger must beat the best answer that is always the same.
 */
export class RetrainingManager extends ManagedVersions implements EventSource<RetrainingEvents> {
  readonly #options: RetrainingManagerOptions;
  readonly #config: RetrainingConfig;
  readonly #clock: Clock;
  readonly #emitter: TypedEmitter<RetrainingEvents>;
  readonly #closing = new AbortController();
  readonly #work: RetrainingWork;
  readonly #schedules: RetrainingSchedules;
  readonly #board: TriggerBoard;
  readonly #probation: ProbationWatch;
  readonly #notice: CircuitNotice;
  readonly #unsubscribe: () => void;
  #lastRetrainAt: number | undefined;
  #running: Promise<unknown> | undefined;

  private constructor(options: RetrainingManagerOptions) {
    const config = resolveRetrainingConfig(options.config);
    const clock = options.clock ?? options.storage.clock;
    super(options, clock, config.keepVersions);
    this.#options = options;
    this.#config = config;
    this.#clock = clock;
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#work = new RetrainingWork(options, this.#config, this.#clock, this.#closing.signal, {
      started: (event) => this.#emitter.emit('retraining-started', event),
      ended: (result) => this.#announce(result),
      placeTaken: (event) => this.#emitter.emit('shadow-place-taken', event),
    });
    const shared = { config: this.#config, clock: this.#clock, emitter: this.#emitter };
    this.#probation = new ProbationWatch({ ...options, ...shared });
    const { modelName } = options;
    this.#schedules = new RetrainingSchedules(options.storage, modelName, this.#clock);
    const onReport = () => {
      if (this.#config.enabled && this.#running === undefined) void this.#tickInBackground();
    };
    const confirmedAt = (versionId: string) => this.#work.confirmedAt(versionId);
    this.#board = new TriggerBoard(options, this.#config, this.#clock, this.#emitter, onReport, confirmedAt);
    this.#unsubscribe = forwardRegistryEvents(options.registry, modelName, this.#emitter);
    this.#notice = new CircuitNotice(modelName, this.#clock, this.#emitter, () => this.#work.openCircuit());
  }

  /** @throws {@link InvalidInputError} `INVALID_CONFIG`. */
  static async open(options: RetrainingManagerOptions): Promise<RetrainingManager> {
    const { checkEveryMs = 60_000 } = options;
    if (checkEveryMs !== false && !(checkEveryMs > 0)) {
      throw new InvalidInputError('INVALID_CONFIG', `checkEveryMs must be above 0, or false; got ${checkEveryMs}`);
    }
    const manager = new RetrainingManager(options);
    try {
      const history = await manager.#work.history();
      manager.#lastRetrainAt = history.find((entry) => entry.success === true)?.finishedAt;
    } catch (error) {
      await manager.close();
      throw error;
    }
    if (checkEveryMs !== false) {
      const tick = () => manager.#tickInBackground();
      const nextAt = () => manager.#schedules.nextRunAt();
      void tickRepeatedly(manager.#clock, checkEveryMs, manager.#closing.signal, tick, nextAt);
    }
    return manager;
  }

  /** Whether this manager is at work on a retraining. */
  get retrainingInProgress(): boolean {
    return this.#running !== undefined;
  }

  /** When the last retraining of this name ended in a verdict, epoch milliseconds, as far as this manager knows. */
  get lastRetrainAt(): number | undefined {
    return this.#lastRetrainAt;
  }

  /** The reasons to retrain found by the last check. */
  get activeTriggers(): readonly RetrainingTrigger[] {
    return this.#board.active;
  }

  on<Name extends keyof RetrainingEvents & string>(
    event: Name,
    listener: Listener<RetrainingEvents[Name]>,
  ): () => void {
    return this.#emitter.on(event, listener);
  }

  /**
   * The reasons to retrain the champion now, one a cause, the most urgent first: a drop in accuracy, a loss of
   * calibration, drift of the data, those of the host, age. None while nothing is served.
   */
  async checkRetrainingTriggers(): Promise<readonly RetrainingTrigger[]> {
    const { registry, modelName } = this.#options;
    const versionId = (await registry.getSlot(modelName))?.championVersionId;
    return this.#board.check(versionId === undefined ? undefined : await registry.getVersion(versionId));
  }

  /** Hears of data drift from another source too, such as the monitor of a new champion. @returns ends it. */
  watchDrift(source: DriftSource): () => void {
    return this.#board.watch(source);
  }

  /**
   * Retrains at every run of a schedule, whatever the cooldown; back-off, daily limit and circuit hold. Which runs have
   * begun is stored: of many managers that follow one schedule, one retrains, and however many runs were missed while
   * none was alive, one retraining makes up for them. {@link tick} finds the runs that have come.
   * @returns once it is stored since when the schedule counts; the same schedule set again counts on from there.
   * @throws {@link InvalidInputError} `INVALID_CONFIG` for a pattern or time zone that is none; `CLOSED`.
   */
  async scheduleRetraining(schedule: RetrainingSchedule, options: ScheduleOptions = {}): Promise<ScheduledRetraining> {
    this.#closing.signal.throwIfAborted();
    return this.#schedules.follow(schedule, options);
  }

  /**
   * Takes up an unfinished retraining if nobody is at work on it; else starts one if a schedule or a reason asks for
   * it. Call it as often as the host likes when `checkEveryMs` is `false`: cooldown, back-off, daily limit and circuit
   * hold here.
   * @returns `undefined` when there was nothing to do.
   */
  tick(): Promise<RetrainingResult | undefined> {
    if (this.#running !== undefined) return this.#watchOnly();
    return this.#alone(async () => {
      await this.#probation.tick();
      return takeUpWork(this.#work, this.#schedules, () => this.checkRetrainingTriggers());
    });
  }

  /**
   * Retrains now. `manual` waits for the daily limit only; the others also need `config.enabled` and a closed circuit,
   * and wait for cooldown and back-off. An unfinished retraining is taken up in its place.
   * @param about - What to store as the reason; default the active trigger of this type.
   * @throws {@link InvalidInputError} `INVALID_TYPE` for a reason that says nothing; `CLOSED`.
   */
  async executeRetraining(
    triggerType: RetrainingTriggerType,
    about: Partial<Omit<RetrainingTrigger, 'triggerType'>> = {},
  ): Promise<RetrainingResult> {
    requireReason(about.reason);
    const result = await this.#alone(async () => {
      const active = (await this.checkRetrainingTriggers()).find((trigger) => trigger.triggerType === triggerType);
      const asked = { triggerType, triggeredAt: this.#clock.now(), reason: 'requested by the host' };
      const trigger = { ...(active ?? asked), ...about };
      return this.#work.underLease({ trigger, askedBy: triggerType === 'manual' ? 'hand' : 'reason' });
    });
    return result!;
  }

  /**
   * Takes up the unfinished retraining of this name, if there is one.
   * @param options.waitForLease - Wait, on the storage's clock, until the lease of whoever held it has run out.
   * @returns `undefined` when there is none.
   */
  async resume(options: { readonly waitForLease?: boolean } = {}): Promise<RetrainingResult | undefined> {
    const { storage } = this.#options;
    for (;;) {
      const result = await this.#alone(async () =>
        (await this.#work.unfinished()) === undefined ? undefined : this.#work.underLease(undefined),
      );
      if (!options.waitForLease || result?.status !== 'skipped' || result.reason !== 'lease-held') return result;
      await leaseExpiry(storage, this.#work.lease, this.#closing.signal);
    }
  }

  /** Why nothing is retrained by itself any more, as it is stored; absent while the circuit is closed. */
  openCircuit(): Promise<OpenCircuit | undefined> {
    return this.#work.openCircuit();
  }

  /** Lets retrainings start by themselves again, for every manager of this name: what led there no longer counts. */
  closeCircuit(): Promise<void> {
    return this.#work.closeCircuit();
  }

  /** Resolves when this manager is at work on no retraining; one that waits for data is no work. Never rejects. */
  async whenIdle(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
  }

  /**
   * Ends work under way: a fit is aborted and its retraining fails, any other stage is left for the next manager.
   * Idempotent.
   */
  async close(): Promise<void> {
    const closed = new InterruptedError('CLOSED', `the retraining manager of '${this.#options.modelName}' is closed`);
    this.#closing.abort(closed);
    this.#unsubscribe();
    this.#board.close();
    await this.whenIdle();
    await this.#probation.whenIdle();
    this.#emitter.removeAllListeners();
  }

  /** What fails before there is an entry to say so fails here. */
  async #tickInBackground(): Promise<void> {
    try {
      await this.tick();
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const { modelName } = this.#options;
      this.#emitter.emit('retraining-failed', { modelName, at: this.#clock.now(), ...errorRecordOf(error) });
    }
  }

  /** A version on probation is watched while another one trains. */
  async #watchOnly(): Promise<RetrainingResult> {
    this.#closing.signal.throwIfAborted();
    await this.#probation.tick();
    return { status: 'skipped', reason: 'in-progress' };
  }

  /** One piece of work at a time in this manager. */
  #alone(work: () => Promise<RetrainingResult | undefined>): Promise<RetrainingResult | undefined> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason);
    if (this.#running !== undefined) return Promise.resolve({ status: 'skipped', reason: 'in-progress' });
    const noticed = async () => {
      const result = await work();
      await this.#notice.after(result);
      return result;
    };
    const running = noticed().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  #announce(result: RunResult): void {
    const { finishedAt, success } = result.entry;
    if (success) this.#lastRetrainAt = finishedAt;
    announceResult(this.#emitter, result);
  }
}
