import {
  type Clock,
  ConflictError,
  MlperfError,
  type ModelSlot,
  type PerformanceStorage,
  type Probation,
  type RetrainingConfig,
  type StorageStores,
  type TypedEmitter,
} from '@mlperf/core';
import type { ModelRegistry } from '../../model-registry.ts';
import { isServable } from '../../versions/require-servable.ts';
import { changeSlot } from '../../versions/slot-controls.ts';
import type { ProbationEndedEvent, ProbationEvents } from './probation-events.ts';
import { ProbationRecord, promotionOf } from './probation-record.ts';
import { supersedeProbation } from './supersede-probation.ts';

export interface ProbationWatchOptions {
  readonly registry: ModelRegistry;
  /** The registry's. */
  readonly storage: PerformanceStorage;
  readonly modelName: string;
  readonly config: Pick<RetrainingConfig, 'falseRollbackRate' | 'confidenceLevel' | 'probationRows'>;
  /** Ends probations by time. */
  readonly clock: Clock;
  readonly emitter: Pick<TypedEmitter<ProbationEvents>, 'emit'>;
}

/**
 * Watches the version of a model name that is on probation, and takes it back when its outcomes say that it is worse than
 * the one it replaced.
 *
 * It has no timer and no state of its own: each {@link tick} reads what has become known and does what follows from the
 * slot, the promotion log and the outcomes. So any number of processes may tick, and a restart forgets nothing; the
 * transaction that ends a probation checks that nobody else has.
 */
export class ProbationWatch {
  readonly #options: ProbationWatchOptions;
  #record: ProbationRecord | undefined;
  #startedAt: number | undefined;
  #toldOfHold = false;
  #ticking: Promise<ProbationEndedEvent | undefined> | undefined;

  constructor(options: ProbationWatchOptions) {
    this.#options = options;
  }

  /** @returns how the probation ended, if it did so by this; calls that overlap share one answer. */
  tick(): Promise<ProbationEndedEvent | undefined> {
    this.#ticking ??= this.#look().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Resolves when no tick is under way. Never rejects. */
  async whenIdle(): Promise<void> {
    await this.#ticking?.catch(() => undefined);
  }

  async #look(): Promise<ProbationEndedEvent | undefined> {
    const { storage, modelName, clock, config } = this.#options;
    const slot = await storage.slots.get(modelName);
    const probation = slot?.probation;
    if (slot === undefined || probation === undefined) {
      this.#record = undefined;
      return undefined;
    }
    const record = slot.championVersionId === probation.versionId ? await this.#recordOf(probation) : undefined;
    if (record === undefined) return await this.#supersede(probation);
    await record.read();
    if (record.complaint !== undefined) return await this.#rollBack(slot, probation, record, record.complaint);
    const isOver = record.rows >= config.probationRows || clock.now() >= (probation.endsAt ?? Number.POSITIVE_INFINITY);
    return isOver ? await this.#pass(probation, record) : undefined;
  }

  async #recordOf(probation: Probation): Promise<ProbationRecord | undefined> {
    const { storage, modelName, config } = this.#options;
    const { versionId, startedAt } = probation;
    if (this.#record?.versionId === versionId && this.#startedAt === startedAt) return this.#record;
    const promotion = await promotionOf(storage, modelName, versionId);
    this.#toldOfHold = false;
    this.#startedAt = startedAt;
    this.#record =
      promotion?.previousVersionId === undefined
        ? undefined
        : new ProbationRecord(storage, promotion, startedAt, config);
    return this.#record;
  }

  async #rollBack(
    slot: ModelSlot,
    probation: Probation,
    record: ProbationRecord,
    complaint: string,
  ): Promise<ProbationEndedEvent | undefined> {
    const { registry, modelName, clock, emitter } = this.#options;
    const { versionId } = probation;
    const { evidence } = record;
    const at = clock.now();
    if (slot.pinned) {
      if (!this.#toldOfHold) emitter.emit('rollback-held', { modelName, versionId, at, reason: 'pinned', evidence });
      this.#toldOfHold = true;
      return undefined;
    }
    const event = { modelName, versionId, at, verdict: 'rolled-back', evidence } as const;
    return await this.#unlessDone(event, async () => {
      const target = await this.#targetOf(record);
      await registry.rollback(
        {
          modelName,
          ...(target === undefined ? {} : { versionId: target }),
          expectedActive: versionId,
          actor: 'probation',
          reason: `${complaint}, after ${record.rows} outcomes`,
          bar: true,
          evidence,
        },
        { alongside: (tx) => this.#close(tx, probation, event) },
      );
    });
  }

  /** The predecessor, unless it was barred, removed or damaged meanwhile: then the nearest before it. */
  async #targetOf({ predecessorId }: ProbationRecord): Promise<string | undefined> {
    const { storage, modelName } = this.#options;
    const barred = await storage.models.barred(modelName);
    if (barred.some(({ versionId }) => versionId === predecessorId)) return undefined;
    const version = await storage.models.get(predecessorId);
    return version !== undefined && (await isServable(storage, version)) ? predecessorId : undefined;
  }

  async #pass(probation: Probation, { evidence, weighed }: ProbationRecord): Promise<ProbationEndedEvent | undefined> {
    const { storage, modelName, clock } = this.#options;
    const verdict = weighed === 0 ? 'unjudged' : 'passed';
    const event = { modelName, versionId: probation.versionId, at: clock.now(), verdict, evidence } as const;
    return await this.#unlessDone(event, () => storage.transaction((tx) => this.#close(tx, probation, event)));
  }

  async #supersede({ versionId, startedAt }: Probation): Promise<ProbationEndedEvent | undefined> {
    const { storage, modelName, clock } = this.#options;
    const event = { modelName, versionId, at: clock.now(), verdict: 'superseded' } as const;
    return await this.#unlessDone(event, () =>
      storage.transaction(async (tx) => {
        const current = (await tx.slots.get(modelName))?.probation;
        if (current?.versionId !== versionId || current.startedAt !== startedAt) throw endedAlready(versionId);
        await supersedeProbation(tx, modelName, event.at);
      }),
    );
  }

  /** What ends a probation writes beside its change of champion, if there is one. For use inside a transaction. */
  async #close(tx: StorageStores, probation: Probation, event: ProbationEndedEvent): Promise<void> {
    const { modelName } = this.#options;
    const slot = await tx.slots.get(modelName);
    const current = slot?.probation;
    const isPinned = slot?.pinned === true && event.verdict === 'rolled-back';
    if (current?.versionId !== probation.versionId || current.startedAt !== probation.startedAt || isPinned) {
      throw endedAlready(probation.versionId);
    }
    const isOurs = slot?.shadowVersionId !== undefined && slot.shadowVersionId === this.#record?.predecessorId;
    const about = { actor: 'probation', reason: `probation ${event.verdict}` };
    const controls = { probation: null, ...(isOurs ? { shadowVersionId: null } : {}) };
    await changeSlot(tx, modelName, controls, about, event.at);
    await tx.outbox.append([{ modelName, type: 'probation-ended', payload: event, at: event.at }]);
  }

  async #unlessDone(event: ProbationEndedEvent, end: () => Promise<unknown>): Promise<ProbationEndedEvent | undefined> {
    try {
      await end();
    } catch (error) {
      // Another process was first; the next tick sees what it has done.
      if (MlperfError.is(error) && error.code === 'CONFLICT') return undefined;
      throw error;
    }
    this.#record = undefined;
    this.#options.emitter.emit('probation-ended', event);
    return event;
  }
}

function endedAlready(versionId: string): ConflictError {
  return new ConflictError(`the probation of '${versionId}' has ended, or its slot was pinned`);
}
