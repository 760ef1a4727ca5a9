import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import type { MonitorStateRecord } from '../../ports/monitor-state-store.ts';
import type { PerformanceStorage } from '../../ports/storage.ts';
import type { ResolvedPrediction, TrackedPrediction } from '../../types/outcome.ts';
import { VersionMonitor } from '../version/version-monitor.ts';
import { loadVersionProfile } from '../version/version-profile.ts';
import { type MemoryNeeds, type MonitorMemory, windowEntry } from './monitor-memory.ts';
import type { VersionPosition, VersionSlot } from './version-slot.ts';

/** Predictions asked for in one query. */
const ID_BATCH = 1_000;
/** Decisions asked for at once. */
const DECISION_BATCH = 100;
/** Predictions listed at a time. */
const LIST_PAGE = 1_000;
/** Outcomes read at a time when replaying. */
const REPLAY_PAGE = 10_000;
/** The most outcomes one query returns: window, history and catch-up together. */
const MOST_OUTCOMES = 100_000;

/** Reads what operations need into memory, until they need nothing more. */
export async function loadNeeds(
  storage: PerformanceStorage,
  memory: MonitorMemory,
  needs: MemoryNeeds,
  settings: PerformanceMonitoringConfig,
): Promise<void> {
  await loadPredictions(storage, memory, [...needs.ids]);
  for (const versionId of needs.versionIds) {
    if (!memory.versions.has(versionId)) {
      memory.versions.set(versionId, await restoreVersion(storage, versionId, settings));
    }
  }
}

async function loadPredictions(
  storage: PerformanceStorage,
  memory: MonitorMemory,
  ids: readonly string[],
): Promise<void> {
  const decisionIds = new Set<string>();
  for (let i = 0; i < ids.length; i += ID_BATCH) {
    const batch = ids.slice(i, i + ID_BATCH);
    const found = await storage.predictions.get(batch);
    batch.forEach((id, at) => {
      decisionIds.add(found[at]?.decisionId ?? id);
    });
  }
  const decisions = [...decisionIds];
  for (let i = 0; i < decisions.length; i += DECISION_BATCH) {
    const batch = decisions.slice(i, i + DECISION_BATCH);
    for (const members of await Promise.all(batch.map((id) => storage.predictions.findByDecision(id)))) {
      for (const member of members) remember(memory, member);
    }
  }
  for (const id of ids) memory.asked.add(id);
}

function remember(memory: MonitorMemory, { outcome, ...prediction }: TrackedPrediction): void {
  memory.ledger.add({ prediction, outcome, unstored: 0 });
}

/**
 * The state of a version as the store has it: its checkpoint, the window before it, and a replay of what came after.
 * Without a checkpoint (outcomes recorded by other means) everything is replayed.
 */
export async function restoreVersion(
  storage: PerformanceStorage,
  modelVersionId: string,
  settings: PerformanceMonitoringConfig,
): Promise<VersionSlot> {
  const slot = await restoreFigures(storage, modelVersionId, settings);
  slot.version.resumeWaiting(await waitingPredictions(storage, modelVersionId, settings.maxPendingPredictions));
  return slot;
}

async function restoreFigures(
  storage: PerformanceStorage,
  modelVersionId: string,
  settings: PerformanceMonitoringConfig,
): Promise<VersionSlot> {
  const version = new VersionMonitor(await loadVersionProfile(storage, modelVersionId, settings), settings);
  const checkpoint = await storage.monitorStates.get(modelVersionId);
  const after = checkpoint === undefined ? undefined : await outcomesSince(storage, version, checkpoint.sequence);
  if (checkpoint === undefined || after === undefined) return await replayAll(storage, version, checkpoint);
  const resetSequence = Number(checkpoint.state.resetSequence ?? 0);
  const recent = await storage.predictions.recentOutcomes({
    modelVersionId,
    role: 'live',
    limit: version.window.capacity + after.length,
  });
  version.restore(
    checkpoint.state,
    recent
      .filter(({ outcome }) => outcome.sequence > resetSequence && outcome.sequence <= checkpoint.sequence)
      .map((row) => windowEntry(row, row.outcome)),
  );
  let lastSequence = checkpoint.sequence;
  for (const row of after) {
    version.outcomeArrived(windowEntry(row, row.outcome));
    lastSequence = row.outcome.sequence;
  }
  return { version, position: { lastSequence, resetSequence, ...revisionOf(checkpoint) } };
}

/** The live predictions without an outcome, at most `bound`, the oldest first. */
async function waitingPredictions(
  storage: PerformanceStorage,
  modelVersionId: string,
  bound: number,
): Promise<readonly TrackedPrediction[]> {
  const waiting: TrackedPrediction[] = [];
  const filter = { modelVersionId, role: 'live', resolved: false } as const;
  let cursor: string | undefined;
  do {
    const limit = Math.min(LIST_PAGE, bound - waiting.length);
    const page = await storage.predictions.list(filter, { limit, ...(cursor !== undefined && { cursor }) });
    for (const prediction of page.items) waiting.push(prediction);
    cursor = page.nextCursor;
  } while (cursor !== undefined && waiting.length < bound);
  return waiting;
}

/** @returns `undefined` when there are too many to be read together with the window before them. */
async function outcomesSince(
  storage: PerformanceStorage,
  { modelVersionId, window }: VersionMonitor,
  sequence: number,
): Promise<readonly ResolvedPrediction[] | undefined> {
  const rows: ResolvedPrediction[] = [];
  for (;;) {
    const afterSequence = rows.at(-1)?.outcome.sequence ?? sequence;
    const page = await storage.predictions.outcomesAfter({
      modelVersionId,
      role: 'live',
      afterSequence,
      limit: REPLAY_PAGE,
    });
    for (const row of page) rows.push(row);
    if (rows.length > MOST_OUTCOMES - window.capacity) return undefined;
    if (page.length < REPLAY_PAGE) return rows;
  }
}

/** The revision a stored state was written with, as part of a position. */
export function revisionOf(checkpoint: MonitorStateRecord | undefined): Pick<VersionPosition, 'revision'> {
  const revision = checkpoint?.state.revision;
  return typeof revision === 'string' ? { revision } : {};
}

async function replayAll(
  storage: PerformanceStorage,
  version: VersionMonitor,
  checkpoint: MonitorStateRecord | undefined,
): Promise<VersionSlot> {
  const { modelVersionId } = version;
  let lastSequence = 0;
  for (;;) {
    const page = await storage.predictions.outcomesAfter({
      modelVersionId,
      role: 'live',
      afterSequence: lastSequence,
      limit: REPLAY_PAGE,
    });
    for (const row of page) version.outcomeArrived(windowEntry(row, row.outcome));
    lastSequence = page.at(-1)?.outcome.sequence ?? lastSequence;
    if (page.length < REPLAY_PAGE) {
      version.assumePending(await openPredictions(storage, modelVersionId));
      return { version, position: { lastSequence, resetSequence: 0, ...revisionOf(checkpoint) } };
    }
  }
}

/** Live predictions without an outcome, by the roll-ups: those of removed predictions are in them on both sides. */
async function openPredictions(storage: PerformanceStorage, modelVersionId: string): Promise<number> {
  const to = storage.clock.now() + 366 * 86_400_000;
  const { versions } = await storage.rollups.totals({ modelVersionId, role: 'live', from: 0, to });
  return versions.reduce((sum, { predictionsCount, outcomes }) => sum + predictionsCount - outcomes.count, 0);
}
