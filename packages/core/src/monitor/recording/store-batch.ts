import type { MonitorStateRecord } from '../../ports/monitor-state-store.ts';
import type { StorageStores } from '../../ports/storage.ts';
import type { JsonObject } from '../../types/json.ts';
import type { StoredPerformanceWindow } from '../../types/performance.ts';
import type { DegradationVerdict } from '../degradation/degradation-verdict.ts';
import { revisionOf } from './memory-loader.ts';
import { MemoryOutdated } from './memory-outdated.ts';
import type { BatchReceipt, Operation, OperationEffects, OutcomeEffect } from './operation.ts';
import { recordOperations } from './record-operations.ts';
import { requireUnclaimed } from './version-claim.ts';
import type { VersionPosition, VersionSlot } from './version-slot.ts';

/** Operations to store together, with the state of every touched version right after the last of them. */
export interface Batch {
  readonly operations: readonly Operation[];
  readonly checkpoints: ReadonlyMap<VersionSlot, JsonObject>;
  /** Those whose live figures the operations changed; the others are only marked as reached. */
  readonly changed: ReadonlySet<VersionSlot>;
  /** The lease under which the batch is written. */
  readonly writer: string;
  /** Unlike that of any other batch. Stored with the checkpoints, it tells whether this batch is. */
  readonly commit: string;
}

/** Takes the state of every version the operations touched, as it is now. */
export function takeBatch(operations: readonly Operation[], writer: string, commit: string): Batch {
  const checkpoints = new Map<VersionSlot, JsonObject>();
  const changed = new Set<VersionSlot>();
  for (const { effects } of operations) {
    for (const slot of effects?.touched ?? []) {
      if (!checkpoints.has(slot)) checkpoints.set(slot, slot.version.toJSON());
      if (effects !== undefined && changesFigures(effects, slot)) changed.add(slot);
    }
  }
  return { operations, checkpoints, changed, writer, commit };
}

function changesFigures({ recorded, outcomes, reset }: OperationEffects, slot: VersionSlot): boolean {
  return (
    slot === reset ||
    (recorded?.role === 'live' && recorded.modelVersionId === slot.version.modelVersionId) ||
    outcomes.some((effect) => effect.slot === slot && effect.entry.prediction.role === 'live')
  );
}

/**
 * Writes a batch inside a transaction: predictions, outcomes in the order of the calls, completed windows, changed
 * verdicts, checkpoints.
 * @throws {@link MemoryOutdated} when the store knows a prediction or outcome that the batch holds for new, or when
 * another monitor has changed a version since. {@link ConflictError} `LEASE_HELD` when one that lives has.
 */
export async function storeBatch(tx: StorageStores, batch: Batch, at: number): Promise<BatchReceipt> {
  // Asked at once: in one transaction nothing stands unless everything does, and each answer is a trip to the store.
  const recording = recordOperations(tx, batch.operations);
  recording.catch(() => undefined);
  const before = await claimVersions(tx, batch);
  const sequences = await recording;
  const windows = new Map<OutcomeEffect, StoredPerformanceWindow>();
  for (const [effect, sequence] of sequences) {
    if (effect.completed !== undefined) windows.set(effect, { ...effect.completed, lastSequence: sequence });
  }
  const positions = positionsAfter(batch, sequences);
  await Promise.all([
    ...[...windows.values()].map((window) => tx.windows.save(window)),
    reportChanges(tx, batch.operations),
    ...[...batch.checkpoints].map(([slot, state]) =>
      tx.monitorStates.put(
        checkpointOf(batch, slot, state, positions.get(slot) ?? slot.position, before.get(slot), at),
      ),
    ),
  ]);
  return { windows, positions };
}

function checkpointOf(
  batch: Batch,
  slot: VersionSlot,
  state: JsonObject,
  { lastSequence, resetSequence, revision }: VersionPosition,
  before: MonitorStateRecord | undefined,
  at: number,
): MonitorStateRecord {
  const changed = batch.changed.has(slot);
  const { modelVersionId } = slot.version;
  if (before !== undefined && !changed) {
    // Figures that another monitor keeps are left as that one wrote them.
    return { ...before, state: { ...before.state, commit: batch.commit }, updatedAt: at };
  }
  return {
    modelVersionId,
    sequence: lastSequence,
    state: {
      ...state,
      resetSequence,
      commit: batch.commit,
      ...(changed && { writer: batch.writer }),
      ...(revision !== undefined && { revision }),
    },
    updatedAt: at,
  };
}

/** The stored states of the versions a batch touches, once it is certain that it may change those it changes. */
async function claimVersions(
  tx: StorageStores,
  batch: Batch,
): Promise<ReadonlyMap<VersionSlot, MonitorStateRecord | undefined>> {
  const before = new Map<VersionSlot, MonitorStateRecord | undefined>();
  for (const slot of batch.checkpoints.keys()) {
    const stored = await tx.monitorStates.get(slot.version.modelVersionId);
    before.set(slot, stored);
    if (!batch.changed.has(slot)) continue;
    await requireUnclaimed(tx, stored, batch.writer);
    if (revisionOf(stored).revision !== slot.position.revision) {
      throw new MemoryOutdated(`the state of version '${slot.version.modelVersionId}' was changed by another monitor`);
    }
  }
  return before;
}

/**
 * Whether a batch whose commit ended in doubt is stored, and then what the store made of it.
 * @returns `undefined` when it is not.
 */
export async function findReceipt(stores: StorageStores, batch: Batch): Promise<BatchReceipt | undefined> {
  const positions = new Map<VersionSlot, VersionPosition>();
  for (const slot of batch.checkpoints.keys()) {
    const stored = await stores.monitorStates.get(slot.version.modelVersionId);
    if (stored?.state.commit !== batch.commit) return undefined;
    if (!batch.changed.has(slot)) continue;
    positions.set(slot, {
      lastSequence: stored.sequence,
      resetSequence: Number(stored.state.resetSequence),
      ...revisionOf(stored),
    });
  }
  const windows = new Map<OutcomeEffect, StoredPerformanceWindow>();
  for (const { effects } of batch.operations) {
    for (const effect of effects?.outcomes ?? []) {
      if (effect.completed === undefined) continue;
      const [prediction] = await stores.predictions.get([effect.resolution.predictionId]);
      windows.set(effect, { ...effect.completed, lastSequence: prediction?.outcome?.sequence ?? 0 });
    }
  }
  return { windows, positions };
}

/** A change of verdict is a change of state: whoever reads the outbox learns of it, whatever becomes of this process. */
async function reportChanges(tx: StorageStores, operations: readonly Operation[]): Promise<void> {
  const events = operations
    .flatMap(({ effects }) => effects?.outcomes ?? [])
    .flatMap(({ change, entry: { prediction }, resolution }) =>
      change === undefined
        ? []
        : {
            modelName: prediction.modelName ?? prediction.modelVersionId,
            type: change.to === 'degraded' ? 'model-degraded' : 'model-recovered',
            payload: {
              modelVersionId: prediction.modelVersionId,
              verdict: asJson(change.verdict),
            },
            at: resolution.recordedAt,
          },
    );
  if (events.length > 0) await tx.outbox.append(events);
}

function asJson(verdict: DegradationVerdict): JsonObject {
  return JSON.parse(JSON.stringify(verdict));
}

function positionsAfter(
  batch: Batch,
  sequences: ReadonlyMap<OutcomeEffect, number>,
): ReadonlyMap<VersionSlot, VersionPosition> {
  const positions = new Map<VersionSlot, VersionPosition>();
  for (const { effects } of batch.operations) {
    for (const effect of effects?.outcomes ?? []) {
      const sequence = effect.entry.prediction.role === 'live' ? sequences.get(effect) : undefined;
      if (sequence === undefined) continue;
      const before = positions.get(effect.slot) ?? effect.slot.position;
      positions.set(effect.slot, { ...before, lastSequence: Math.max(before.lastSequence, sequence) });
    }
    if (effects?.reset !== undefined) {
      const { lastSequence } = positions.get(effects.reset) ?? effects.reset.position;
      positions.set(effects.reset, { lastSequence, resetSequence: lastSequence });
    }
  }
  for (const slot of batch.changed) {
    positions.set(slot, { ...(positions.get(slot) ?? slot.position), revision: batch.commit });
  }
  return positions;
}
