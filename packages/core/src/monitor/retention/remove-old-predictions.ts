import { type Clock, systemClock } from '../../clock.ts';
import { resolveSection } from '../../config/config-section.ts';
import {
  type PerformanceMonitoringConfig,
  performanceMonitoringSection,
} from '../../config/performance-monitoring-config.ts';
import type { PerformanceStorage } from '../../ports/storage.ts';

const DAY_MS = 86_400_000;
/** Removed in one transaction: what another writer waits for at most. */
const BATCH = 1_000;

export interface RemoveOldPredictionsOptions {
  readonly storage: PerformanceStorage;
  /** The `performanceMonitoring` section; `keepPredictionsDays` and `outcomeGraceMs` are what counts. */
  readonly config: Partial<PerformanceMonitoringConfig>;
  /** Domain time. Default: the machine's. */
  readonly clock?: Clock;
  /** Ends the removal between two batches; what is removed stays removed. */
  readonly signal?: AbortSignal;
}

/**
 * Removes predictions older than `keepPredictionsDays`, of every model in the storage, in transactions of at most 1,000
 * (on Postgres a whole month at once where all of it may go). Roll-ups stay, and with them every summary and report.
 *
 * - With an outcome a prediction goes when both it and its outcome are older than that.
 * - Without one it goes when it is older than that and its `dueAt` (without one: `predictedAt`) lies that long and
 *   `outcomeGraceMs` besides back: no outcome is expected any more, and one that comes all the same is `NOT_FOUND`.
 * - A new prediction made before the last removal is refused. A monitor opened later has in its window what is left.
 *
 * For the host to call, say, once a night, and in one process: several do no harm.
 *
 * @returns how many predictions were removed; 0 without `keepPredictionsDays`.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`. {@link StorageError}.
 * @example await removeOldPredictions({ storage, config: { keepPredictionsDays: 400 } });
 */
export async function removeOldPredictions({
  storage,
  config,
  clock = systemClock,
  signal,
}: RemoveOldPredictionsOptions): Promise<number> {
  const { keepPredictionsDays, outcomeGraceMs } = resolveSection(performanceMonitoringSection, config);
  if (keepPredictionsDays === undefined) return 0;
  const predictedBefore = Math.max(0, Math.floor(clock.now()) - keepPredictionsDays * DAY_MS);
  const openDueBefore = Math.max(0, predictedBefore - outcomeGraceMs);
  let removed = 0;
  for (let complete = false; !complete && signal?.aborted !== true; ) {
    const batch = await storage.predictions.removeBefore({ predictedBefore, openDueBefore, limit: BATCH });
    removed += batch.removed;
    complete = batch.complete;
  }
  return removed;
}
