import { type Clock, systemClock } from '../../clock.ts';
import { resolveSection } from '../../config/config-section.ts';
import {
  type PerformanceMonitoringConfig,
  performanceMonitoringSection,
} from '../../config/performance-monitoring-config.ts';
import { MlperfError } from '../../errors.ts';
import type { OutcomeResolution } from '../../ports/prediction-store.ts';
import type { PerformanceStorage } from '../../ports/storage.ts';
import { requireOutcome } from '../../records/outcome.ts';
import { requirePrediction } from '../../records/prediction.ts';
import type { Outcome } from '../../types/outcome.ts';
import type { Prediction, RecordedPrediction } from '../../types/prediction.ts';
import { judgeOutcome } from '../judging/judge-outcome.ts';
import { requireUnclaimed } from '../recording/version-claim.ts';
import { loadVersionProfile, type VersionProfile } from '../version/version-profile.ts';

/** Rows of one transaction: another writer waits for a fraction of a second at most. */
const BATCH = 5_000;

/** A prediction made in the past, and what came of it where that is known. */
export interface HistoryRow {
  readonly prediction: Prediction;
  readonly outcome?: Outcome;
}

export interface ImportHistoryOptions {
  readonly storage: PerformanceStorage;
  /** In any order; outcomes are numbered in the order given. A file read row by row never is in memory whole. */
  readonly rows: Iterable<HistoryRow> | AsyncIterable<HistoryRow>;
  /** The `performanceMonitoring` section; `flatBand` and `costPerTrade` are what counts. */
  readonly config?: Partial<PerformanceMonitoringConfig>;
  /** Stamps the rows. Default: the machine's. */
  readonly clock?: Clock;
  /** Ends the import between two batches: `ABORTED`. What is stored stays stored. */
  readonly signal?: AbortSignal;
  /** Told after each batch how many rows are stored. */
  readonly onProgress?: (rows: number) => void;
}

export interface ImportHistoryReceipt {
  readonly rows: number;
  /** Predictions that were not stored before. */
  readonly added: number;
  /** Outcomes that were not stored before. */
  readonly resolved: number;
}

/**
 * Stores what was predicted and observed before this library was there, in batches, each a transaction: judged as a
 * monitor would, roll-ups kept exact. On Postgres the rows travel by `COPY`.
 *
 * Ids are idempotency keys: an import that broke off is run again from its beginning and stores what is missing. Import
 * before a monitor of these versions is opened; it then finds the outcomes as if it had recorded them.
 *
 * @throws `INVALID_RECORD` naming the row, `CONFLICT` for a known id with other content, `LEASE_HELD` while a monitor
 * of one of the versions lives, `ABORTED`: the batch of that row is not stored, those before it are.
 * @example
 * await importHistory({ storage, rows: [{ prediction, outcome: { observedAt, price: 101.5 } }] });
 */
export async function importHistory({
  storage,
  rows,
  config = {},
  clock = systemClock,
  signal,
  onProgress,
}: ImportHistoryOptions): Promise<ImportHistoryReceipt> {
  const settings = resolveSection(performanceMonitoringSection, config);
  const profiles = new Map<string, VersionProfile>();
  let receipt: ImportHistoryReceipt = { rows: 0, added: 0, resolved: 0 };
  let batch: HistoryRow[] = [];
  const store = async (): Promise<void> => {
    if (signal?.aborted === true) throw new MlperfError('ABORTED', `the import was aborted after ${receipt.rows} rows`);
    if (batch.length === 0) return;
    for (const { prediction } of batch) {
      const { modelVersionId } = prediction;
      if (profiles.has(modelVersionId)) continue;
      profiles.set(modelVersionId, await loadVersionProfile(storage, modelVersionId, settings));
    }
    const { added, resolved } = await storeBatch(storage, batch, profiles, clock.now());
    receipt = {
      rows: receipt.rows + batch.length,
      added: receipt.added + added,
      resolved: receipt.resolved + resolved,
    };
    batch = [];
    onProgress?.(receipt.rows);
  };
  for await (const row of rows) {
    batch.push({
      prediction: requirePrediction(row.prediction),
      ...(row.outcome === undefined ? {} : { outcome: requireOutcome(row.outcome) }),
    });
    if (batch.length === BATCH) await store();
  }
  await store();
  return receipt;
}

async function storeBatch(
  storage: PerformanceStorage,
  batch: readonly HistoryRow[],
  profiles: ReadonlyMap<string, VersionProfile>,
  now: number,
): Promise<{ readonly added: number; readonly resolved: number }> {
  const predictions = batch.map(({ prediction }): RecordedPrediction => {
    const { id, decisionId = id, role = 'live' } = prediction;
    return { ...prediction, decisionId, role, recordedAt: now };
  });
  const resolutions = batch.flatMap(({ prediction, outcome }): readonly OutcomeResolution[] => {
    if (outcome === undefined) return [];
    const judged = judgeOutcome(prediction, outcome, profiles.get(prediction.modelVersionId)!);
    return [{ predictionId: prediction.id, outcome: judged, recordedAt: now }];
  });
  return storage.transaction(async (tx) => {
    for (const modelVersionId of new Set(batch.map(({ prediction }) => prediction.modelVersionId))) {
      // No lease of a monitor has an empty name: whoever lives has a claim.
      await requireUnclaimed(tx, await tx.monitorStates.get(modelVersionId), '');
    }
    const { added, resolved } = await tx.predictions.record({ predictions, resolutions });
    return {
      added: added.filter((isNew) => isNew).length,
      resolved: resolved.filter(({ status }) => status === 'resolved').length,
    };
  });
}
