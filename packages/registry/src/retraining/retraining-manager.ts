import {
  type Clock,
  type EventSource,
  InterruptedError,
  InvalidInputError,
  type JsonObject,
  type Listener,
  type RetrainingConfig,
  type RetrainingTrigger,
  type RetrainingTriggerType,
  resolveRetrainingConfig,
  TypedEmitter,
} from '@mlperf/core';
import type { ModelRolledBackEvent } from '../versions/registry-events.ts';
import { type CleanupReport, removeOldVersions } from '../versions/remove-old-versions.ts';
import { announceResult } from './announce-result.ts';
import { errorRecordOf } from './retraining-entry.ts';
import type { RetrainingEvents } from './retraining-events.ts';
import type { RetrainingManagerOptions, RetrainingResult, SkippedRetraining } from './retraining-manager-options.ts';
import { RetrainingWork } from './retraining-work.ts';
import type { RunResult } from './run-context.ts';
import { ageTrigger } from './triggers/age-trigger.ts';
import { type DegradationReport, degradationTrigger } from './triggers/degradation-trigger.ts';

/**
 * Keeps one model name trained: notices why to retrain, trains a challenger elsewhere, and promotes it if it beats the
 * champion on the newest data that neither has seen. The champion serves throughout.
 *
 * A retraining is a stored entry that moves `requested → gathering → training → evaluating → promoted | rejected |
 * failed`. One manager at a time works on it, under a lease that is renewed while it lives and that fences its writes;
 * one that a crash left unfinished is taken up by the next {@link tick} of any manager once the lease has expired:
 * it goes on from `gathering` or `evaluating`, and fails as `interrupted at training`.
 *
 * When there is no champion yet, the challenger must beat always naming the most frequent direction.
 */
export class RetrainingManager implements EventSource<RetrainingEvents> {
  readonly #options: RetrainingManagerOptions;
  readonly #config: RetrainingConfig;
  readonly #clock: Clock;
  readonly #emitter: TypedEmitter<RetrainingEvents>;
  readonly #closing = new AbortController();
  readonly #work: RetrainingWork;
  readonly #unsubscribe: readonly (() => void)[];
  #report: DegradationReport | undefined;
  #triggers: readonly RetrainingTrigger[] = [];
  #lastRetrainAt: number | undefined;
  #running: Promise<unknown> | undefined;

  private constructor(options: RetrainingManagerOptions) {
    this.#options = options;
    this.#config = resolveRetrainingConfig(options.config);
    this.#clock = options.clock ?? options.storage.clock;
    this.#emitter = new TypedEmitter(options.onListenerError);
    this.#work = new RetrainingWork(options, this.#config, this.#clock, this.#closing.signal, {
      started: (event) => this.#emitter.emit('retraining-started', event),
      ended: (result) => this.#announce(result),
    });
    const { registry, monitor, modelName } = options;
    this.#unsubscribe = [
      registry.on('model-promoted', (event) => {
        if (event.modelName === modelName) this.#emitter.emit('model-promoted', event);
      }),
      registry.on('model-rolled-back', (event) => {
        if (event.modelName === modelName) this.#emitter.emit('model-rolled-back', event);
      }),
      ...(monitor === undefined ? [] : [monitor.on('model-degraded', (report) => this.#hearOf(report))]),
    ];
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
    if (checkEveryMs !== false) void manager.#checkRepeatedly(checkEveryMs);
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
    return this.#triggers;
  }

  on<Name extends keyof RetrainingEvents & string>(
    event: Name,
    listener: Listener<RetrainingEvents[Name]>,
  ): () => void {
    return this.#emitter.on(event, listener);
  }

  /** The reasons to retrain the champion now: first a drop in accuracy, then its age. None while nothing is served. */
  async checkRetrainingTriggers(): Promise<readonly RetrainingTrigger[]> {
    const { registry, monitor, modelName } = this.#options;
    const versionId = (await registry.getSlot(modelName))?.championVersionId;
    const champion = versionId === undefined ? undefined : await registry.getVersion(versionId);
    if (champion === undefined) return this.#setTriggers([]);
    const now = this.#clock.now();
    const heard = this.#report?.modelVersionId === champion.versionId ? this.#report : undefined;
    const asked = monitor?.detectDegradation?.();
    const verdict = asked ?? (heard && { ...heard.verdict, modelVersionId: heard.modelVersionId });
    const candidates = [
      degradationTrigger(verdict, champion.versionId, heard?.at ?? asked?.degradedAt ?? now),
      ageTrigger(champion, this.#config.maxAgeDays, now),
    ];
    return this.#setTriggers(candidates.filter((trigger) => trigger !== undefined));
  }

  /**
   * Takes up an unfinished retraining if nobody is at work on it; else starts one if there is a reason to. Call it as
   * often as the host likes when `checkEveryMs` is `false`: cooldown, back-off and daily limit hold here.
   * @returns `undefined` when there was nothing to do.
   */
  tick(): Promise<RetrainingResult | undefined> {
    return this.#alone(async () => {
      if ((await this.#work.unfinished()) !== undefined) return this.#work.underLease(undefined);
      const [trigger] = await this.checkRetrainingTriggers();
      return trigger && this.#work.underLease(trigger);
    });
  }

  /**
   * Retrains now. `manual` waits for the daily limit only; the others also need `config.enabled`, and wait for cooldown
   * and back-off. An unfinished retraining is taken up in its place.
   * @param about - What to store as the reason; default the active trigger of this type.
   */
  async executeRetraining(
    triggerType: RetrainingTriggerType,
    about: Partial<Omit<RetrainingTrigger, 'triggerType'>> = {},
  ): Promise<RetrainingResult> {
    const result = await this.#alone(async () => {
      const active = (await this.checkRetrainingTriggers()).find((trigger) => trigger.triggerType === triggerType);
      const asked = { triggerType, triggeredAt: this.#clock.now(), reason: 'requested by the host' };
      return this.#work.underLease({ ...(active ?? asked), ...about });
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
      const lease = await storage.leases.get(this.#work.lease);
      if (lease !== undefined) {
        await storage.clock.sleep(Math.max(1, lease.expiresAt - storage.clock.now()), this.#closing.signal);
      }
    }
  }

  /**
   * Puts an earlier version back and bars the champion, in one transaction.
   * @param versionId - Default: the version the champion was promoted over, see `ModelRegistry.rollback`.
   * @throws as `ModelRegistry.rollback`.
   */
  rollbackModel(
    versionId?: string,
    about: { readonly reason?: string; readonly actor?: string; readonly evidence?: JsonObject } = {},
  ): Promise<ModelRolledBackEvent> {
    const { registry, modelName } = this.#options;
    return registry.rollback({
      modelName,
      reason: 'rolled back by hand',
      ...about,
      ...(versionId === undefined ? {} : { versionId }),
    });
  }

  /**
   * Removes old versions of this name: all but the best `keepN` by validated accuracy, ties to the newest, and those
   * in use.
   * @param keepN - ≥ 1; default `config.keepVersions`. @param options.dryRun - Only say what would go.
   */
  async cleanupOldVersions(
    keepN: number = this.#config.keepVersions,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<CleanupReport> {
    if (!Number.isInteger(keepN) || keepN < 1) {
      throw new InvalidInputError('OUT_OF_RANGE', `keepN must be a whole number of at least 1; got ${keepN}`);
    }
    return removeOldVersions(this.#options.storage, this.#options.modelName, keepN, options.dryRun ?? false);
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
    for (const end of this.#unsubscribe) end();
    await this.whenIdle();
    this.#emitter.removeAllListeners();
  }

  #setTriggers(triggers: readonly RetrainingTrigger[]): readonly RetrainingTrigger[] {
    this.#triggers = triggers;
    return triggers;
  }

  #hearOf(report: DegradationReport): void {
    this.#report = report;
    if (this.#config.enabled && this.#running === undefined) void this.#tickInBackground();
  }

  async #checkRepeatedly(everyMs: number): Promise<void> {
    // A turn of the event loop, so that the host can listen before the first event.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#closing.signal.aborted) {
      await this.#tickInBackground();
      try {
        await this.#clock.sleep(everyMs, this.#closing.signal, { background: true });
      } catch {
        return;
      }
    }
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

  /** One piece of work at a time in this manager. */
  #alone<T>(work: () => Promise<T>): Promise<T | SkippedRetraining> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason);
    if (this.#running !== undefined) return Promise.resolve({ status: 'skipped', reason: 'in-progress' });
    const running = work().finally(() => {
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
