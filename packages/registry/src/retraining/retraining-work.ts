import {
  type Clock,
  type RetrainingConfig,
  type RetrainingLogEntry,
  type RetrainingTrigger,
  systemClock,
} from '@mlperf/core';
import { type AskedBy, refusalOf } from './admission.ts';
import { type OpenCircuit, openCircuitOf, type TakenBack } from './circuit.ts';
import { budgetRefusal } from './gate/budget-refusal.ts';
import { isInShadow } from './gate/shadow-terms.ts';
import { ShadowWatch } from './gate/shadow-watch.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { changePolicyMarks, readPolicyMarks } from './policy-marks.ts';
import { retrainingIdOf } from './retraining-entry.ts';
import type { RetrainingStartedEvent, ShadowPlaceTakenEvent } from './retraining-events.ts';
import type { RetrainingManagerOptions, RetrainingResult, SkippedRetraining } from './retraining-manager-options.ts';
import { RetrainingRun } from './retraining-run.ts';
import type { RunContext, RunResult } from './run-context.ts';
import { begun, type DueRuns, haveBegun } from './schedule/retraining-schedules.ts';

const MAX_HISTORY = 1_000;

/** Hears of work as it begins and ends, still under the lease. */
export interface WorkListener {
  started(event: RetrainingStartedEvent): void;
  ended(result: RunResult): void;
  placeTaken(event: ShadowPlaceTakenEvent): void;
}

/** A retraining that is asked for. */
export interface WorkRequest {
  readonly trigger: RetrainingTrigger;
  readonly askedBy: AskedBy;
  /** The runs of schedules it stands for. */
  readonly runs?: DueRuns['runs'];
}

/** The stored retrainings of one model name, and work on one of them at a time across processes, under a lease. */
export class RetrainingWork {
  readonly #options: RetrainingManagerOptions;
  readonly #config: RetrainingConfig;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #listener: WorkListener;
  readonly #shadowWatch: ShadowWatch;
  /** The retraining that was last told to have started. */
  #toldOf: string | undefined;
  /** The challenge whose taken place was last told of. */
  #placeToldOf: string | undefined;

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
    this.#shadowWatch = new ShadowWatch(options.storage, clock, config);
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

  /** When a champion was last found no worse than a sound challenger, epoch milliseconds. */
  async confirmedAt(championVersionId: string): Promise<number | undefined> {
    const lost = (await this.history()).find(
      ({ oldVersionId, stage, evidence }) =>
        oldVersionId === championVersionId && stage === 'rejected' && evidence?.reason === 'not-better',
    );
    return lost?.finishedAt;
  }

  /** Why nothing is retrained by itself any more; absent as long as something may be. */
  async openCircuit(): Promise<OpenCircuit | undefined> {
    return openCircuitOf(await this.history(), await this.#circuitClosedAt(), this.#config, await this.#takenBack());
  }

  /** Lets retrainings start by themselves again. */
  async closeCircuit(): Promise<void> {
    const { storage, modelName } = this.#options;
    const now = this.#clock.now();
    await storage.transaction((tx) =>
      changePolicyMarks(tx, modelName, now, (marks) => ({ ...marks, circuitClosedAt: now })),
    );
  }

  /**
   * Takes up the unfinished retraining, or starts one.
   * @param asked - Starts a new retraining when none is unfinished.
   * @returns `undefined` when there was nothing to do.
   */
  async underLease(asked: WorkRequest | undefined): Promise<RetrainingResult | undefined> {
    const { storage, leaseTtlMs = 30_000 } = this.#options;
    const resting = await this.#inShadow();
    if (resting !== undefined) return resting;
    const refused = asked && (await this.unfinished()) === undefined ? await this.#refusal(asked) : undefined;
    if (refused !== undefined) return refused;
    const owner = `retraining-manager of process ${process.pid}`;
    const lease = await LeaseKeeper.acquire(storage, { lease: this.lease, owner, ttlMs: leaseTtlMs });
    if (lease === undefined) return { status: 'skipped', reason: 'lease-held' };
    try {
      const unfinished = await this.unfinished();
      if (unfinished !== undefined) return await this.#run(lease, unfinished, true);
      if (asked === undefined || (await this.#isDone(asked))) return undefined;
      return (await this.#refusal(asked)) ?? (await this.#run(lease, await this.#create(lease, asked), false));
    } finally {
      await lease.release();
    }
  }

  /** A challenge in shadow needs a lease only when there is something to do about it. */
  async #inShadow(): Promise<RetrainingResult | undefined> {
    const entry = await this.unfinished();
    if (entry === undefined || !isInShadow(entry)) return undefined;
    const standing = await this.#shadowWatch.look(entry);
    if (standing.status === 'undecided') return { status: 'waiting', entry, shadow: standing.progress };
    if (standing.status !== 'waiting') return undefined;
    if (standing.takenBy !== undefined) this.#tellPlaceTaken(entry, standing.takenBy);
    return { status: 'waiting', entry };
  }

  #tellPlaceTaken({ modelName, retrainingId, newVersionId }: RetrainingLogEntry, takenBy: string): void {
    if (this.#placeToldOf === retrainingId) return;
    this.#placeToldOf = retrainingId;
    const at = this.#clock.now();
    this.#listener.placeTaken({ modelName, retrainingId, at, newVersionId: newVersionId!, takenBy });
  }

  async #refusal(asked: WorkRequest): Promise<SkippedRetraining | undefined> {
    const closedAt = await this.#circuitClosedAt();
    const history = await this.history();
    const now = this.#clock.now();
    const refusal = refusalOf(history, asked, this.#config, closedAt, now, await this.#takenBack());
    if (refusal !== undefined) return { status: 'skipped', ...refusal };
    // People may want the candidate all the same.
    if (asked.askedBy === 'hand') return undefined;
    const { registry, modelName } = this.#options;
    const championVersionId = (await registry.getSlot(modelName))?.championVersionId;
    const unpaid = budgetRefusal(history, { trigger: asked.trigger, championVersionId }, this.#config, now);
    return unpaid && { status: 'skipped', ...unpaid };
  }

  async #takenBack(): Promise<TakenBack> {
    const { storage, modelName } = this.#options;
    return new Set((await storage.models.barred(modelName)).map(({ versionId }) => versionId));
  }

  async #circuitClosedAt(): Promise<number> {
    const { storage, modelName } = this.#options;
    return (await readPolicyMarks(storage, modelName)).circuitClosedAt ?? Number.NEGATIVE_INFINITY;
  }

  /** Whoever starts a run of a schedule holds the lease: under it, what is stored is what has begun. */
  async #isDone({ runs }: WorkRequest): Promise<boolean> {
    const { storage, modelName } = this.#options;
    return runs !== undefined && haveBegun(await readPolicyMarks(storage, modelName), runs);
  }

  async #create(lease: LeaseKeeper, { trigger, runs }: WorkRequest): Promise<RetrainingLogEntry> {
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
    await storage.transaction(
      async (tx) => {
        await tx.retrainings.create(entry);
        if (runs !== undefined) await changePolicyMarks(tx, modelName, requestedAt, (marks) => begun(marks, runs));
      },
      { fence: lease.fence },
    );
    return entry;
  }

  async #run(lease: LeaseKeeper, entry: RetrainingLogEntry, resumed: boolean): Promise<RunResult> {
    const { retrainingId, modelName, trigger, oldVersionId } = entry;
    const about = { modelName, retrainingId, trigger, at: this.#clock.now(), resumed };
    // One that waits for data is taken up at every tick.
    if (this.#toldOf !== retrainingId) {
      this.#listener.started({ ...about, ...(oldVersionId === undefined ? {} : { oldVersionId }) });
    }
    this.#toldOf = retrainingId;
    const result = await new RetrainingRun(this.#context(), lease, entry).run();
    this.#listener.ended(result);
    return result;
  }

  #context(): RunContext {
    const { registry, storage, executor, modelName, modelType, hyperparameters, gather, seed } = this.#options;
    const { trainer, tuner, monitor } = this.#options;
    return {
      registry,
      storage,
      executor,
      modelName,
      modelType,
      hyperparameters,
      trainer,
      tuner,
      changedAt: (championVersionId) => {
        const standing = monitor?.detectDegradation?.();
        return standing?.modelVersionId === championVersionId ? standing?.changeEstimate?.startedAt : undefined;
      },
      gather,
      seed,
      config: this.#config,
      flatBand: this.#options.flatBand,
      clock: this.#clock,
      deadlineClock: this.#options.deadlineClock ?? systemClock,
      closing: this.#closing,
      shadowWatch: this.#shadowWatch,
    };
  }
}
