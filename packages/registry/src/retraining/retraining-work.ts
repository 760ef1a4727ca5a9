import {
  type Clock,
  type RetrainingConfig,
  type RetrainingLogEntry,
  type RetrainingTrigger,
  systemClock,
} from '@mlperf/core';
import { refusalOf } from './admission.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { retrainingIdOf } from './retraining-entry.ts';
import type { RetrainingStartedEvent } from './retraining-events.ts';
import type { RetrainingManagerOptions, RetrainingResult, SkippedRetraining } from './retraining-manager-options.ts';
import { RetrainingRun } from './retraining-run.ts';
import type { RunContext, RunResult } from './run-context.ts';

const MAX_HISTORY = 1_000;

/** Hears of work as it begins and ends, still under the lease. */
export interface WorkListener {
  started(event: RetrainingStartedEvent): void;
  ended(result: RunResult): void;
}

/** The stored retrainings of one model name, and work on one of them at a time across processes, under a lease. */
export class RetrainingWork {
  readonly #options: RetrainingManagerOptions;
  readonly #config: RetrainingConfig;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #listener: WorkListener;

  /** @param closing - Aborts when the manager closes. */
  constructor(
    options: RetrainingManagerOptions,
    config: RetrainingConfig,
    clock: Clock,
    closing: AbortSignal,
    listener: WorkListener,
  ) {
    this.#options = options;
    this.#config = config;
    this.#clock = clock;
    this.#closing = closing;
    this.#listener = listener;
  }

  /** What whoever works on this name holds. */
  get lease(): string {
    return `retraining:${this.#options.modelName}`;
  }

  /** The retraining of this name that has not ended. */
  unfinished(): Promise<RetrainingLogEntry | undefined> {
    return this.#options.storage.retrainings.unfinished(this.#options.modelName);
  }

  /** Newest first, at most {@link MAX_HISTORY}. */
  async history(): Promise<readonly RetrainingLogEntry[]> {
    const { storage, modelName } = this.#options;
    return (await storage.retrainings.history({ modelName }, { limit: MAX_HISTORY })).items;
  }

  /**
   * Takes up the unfinished retraining, or starts one.
   * @param trigger - Starts a new retraining when none is unfinished.
   * @returns `undefined` when there was nothing to do.
   */
  async underLease(trigger: RetrainingTrigger | undefined): Promise<RetrainingResult | undefined> {
    const { storage, leaseTtlMs = 30_000 } = this.#options;
    const refused = trigger && (await this.unfinished()) === undefined ? await this.#refusal(trigger) : undefined;
    if (refused !== undefined) return refused;
    const owner = `retraining-manager of process ${process.pid}`;
    const lease = await LeaseKeeper.acquire(storage, { lease: this.lease, owner, ttlMs: leaseTtlMs });
    if (lease === undefined) return { status: 'skipped', reason: 'lease-held' };
    try {
      const unfinished = await this.unfinished();
      if (unfinished !== undefined) return await this.#run(lease, unfinished, true);
      if (trigger === undefined) return undefined;
      return (await this.#refusal(trigger)) ?? (await this.#run(lease, await this.#create(lease, trigger), false));
    } finally {
      await lease.release();
    }
  }

  async #refusal(trigger: RetrainingTrigger): Promise<SkippedRetraining | undefined> {
    const refusal = refusalOf(await this.history(), trigger.triggerType, this.#config, this.#clock.now());
    return refusal && { status: 'skipped', ...refusal };
  }

  async #create(lease: LeaseKeeper, trigger: RetrainingTrigger): Promise<RetrainingLogEntry> {
    const { storage, modelName, registry } = this.#options;
    const requestedAt = this.#clock.now();
    const [previous] = await this.history();
    const oldVersionId = (await registry.getSlot(modelName))?.championVersionId;
    const entry: RetrainingLogEntry = {
      retrainingId: retrainingIdOf(modelName, trigger, requestedAt, previous?.retrainingId),
      modelName,
      trigger,
      stage: 'requested',
      ...(oldVersionId === undefined ? {} : { oldVersionId }),
      requestedAt,
      updatedAt: requestedAt,
    };
    await storage.transaction((tx) => tx.retrainings.create(entry), { fence: lease.fence });
    return entry;
  }

  async #run(lease: LeaseKeeper, entry: RetrainingLogEntry, resumed: boolean): Promise<RunResult> {
    const { retrainingId, modelName, trigger, oldVersionId } = entry;
    this.#listener.started({
      modelName,
      retrainingId,
      trigger,
      at: this.#clock.now(),
      resumed,
      ...(oldVersionId === undefined ? {} : { oldVersionId }),
    });
    const result = await new RetrainingRun(this.#context(), lease, entry).run();
    this.#listener.ended(result);
    return result;
  }

  #context(): RunContext {
    const { registry, storage, executor, modelName, modelType, hyperparameters, gather, seed } = this.#options;
    return {
      registry,
      storage,
      executor,
      modelName,
      modelType,
      hyperparameters,
      gather,
      seed,
      config: this.#config,
      flatBand: this.#options.flatBand,
      clock: this.#clock,
      deadlineClock: this.#options.deadlineClock ?? systemClock,
      closing: this.#closing,
    };
  }
}
