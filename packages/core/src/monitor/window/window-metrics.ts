import { OutcomeAggregate } from '../../aggregates/outcome-aggregate.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { InvalidInputError } from '../../errors.ts';
import type { PerformanceStorage } from '../../ports/storage.ts';
import type { ResolvedPrediction } from '../../types/outcome.ts';
import type { PredictionRole, RecordedPrediction } from '../../types/prediction.ts';
import { windowEntry } from '../recording/monitor-memory.ts';
import type { LabelCoverage } from '../report/label-coverage.ts';
import { type PerformanceFigures, performanceFigures } from '../report/performance-figures.ts';

/** The most outcomes one answer looks at. */
export const MOST_WINDOW_OUTCOMES = 100_000;

/** Which outcomes: the newest `windowSize` in arrival order, or those observed in the last `windowMs`, or both. */
export interface WindowQuery {
  /** 1 to {@link MOST_WINDOW_OUTCOMES}. Default: the configured one, or no limit when `windowMs` is given. */
  readonly windowSize?: number;
  /** Observed after this long before now, > 0. */
  readonly windowMs?: number;
  /** A symbol. Default: all. */
  readonly segment?: string;
  /** Default `live`. */
  readonly role?: PredictionRole;
  /** A segment of any other kind: which predictions belong to it. */
  readonly where?: (prediction: RecordedPrediction) => boolean;
  /** Default: the version whose figures the monitor shows. */
  readonly modelVersionId?: string;
}

/** Figures of a window, read from the stored outcomes. */
export interface WindowMetrics extends PerformanceFigures {
  readonly modelVersionId: string;
  readonly role: PredictionRole;
  readonly segment?: string;
  readonly windowSize?: number;
  readonly windowMs?: number;
  /** Earliest and latest `observedAt` in the window, epoch milliseconds; absent when it is empty. */
  readonly startTime?: number;
  readonly endTime?: number;
  /** False when the window may hold more than the newest {@link MOST_WINDOW_OUTCOMES} outcomes, which were looked at. */
  readonly complete: boolean;
}

export interface WindowScope {
  readonly modelVersionId: string;
  /** Outcomes up to this one are not part of the figures. */
  readonly afterSequence: number;
  readonly now: number;
}

/**
 * Figures of any window of a version. Nothing is kept in memory for it, however many segments there are.
 *
 * Label coverage is that of the version, role and symbol over the predictions made since the hour of the window's first;
 * `where` does not narrow it.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`. {@link StorageError}.
 * @remarks One query by index for a window by count without `where`; up to {@link MOST_WINDOW_OUTCOMES} rows otherwise.
 */
export async function windowMetricsOf(
  storage: PerformanceStorage,
  query: WindowQuery,
  { modelVersionId, afterSequence, now }: WindowScope,
  settings: PerformanceMonitoringConfig,
): Promise<WindowMetrics> {
  const { windowMs, segment, where, role = 'live' } = query;
  const windowSize = query.windowSize ?? (windowMs === undefined ? settings.windowSize : undefined);
  requireWindow(query);
  const narrow = where === undefined && windowMs === undefined;
  const limit = narrow ? (windowSize ?? MOST_WINDOW_OUTCOMES) : MOST_WINDOW_OUTCOMES;
  const newest = await storage.predictions.recentOutcomes({
    modelVersionId,
    role,
    ...(segment !== undefined && { symbol: segment }),
    afterSequence,
    limit,
  });
  const since = windowMs === undefined ? Number.NEGATIVE_INFINITY : now - windowMs;
  const matching = newest.filter((row) => row.outcome.observedAt > since && (where === undefined || where(row)));
  const rows = windowSize === undefined ? matching : matching.slice(-windowSize);
  const entries = rows.map((row) => windowEntry(row, row.outcome));
  const aggregate = new OutcomeAggregate();
  for (const { observation } of entries) aggregate.add(observation);
  const times = entries.map(({ observedAt }) => observedAt);
  return {
    modelVersionId,
    role,
    ...(segment !== undefined && { segment }),
    ...(windowSize !== undefined && { windowSize }),
    ...(windowMs !== undefined && { windowMs }),
    ...(times.length > 0 && { startTime: leastOf(times), endTime: -leastOf(times.map((time) => -time)) }),
    complete: newest.length < limit || rows.length === windowSize,
    ...performanceFigures(
      aggregate,
      await coverageSince(storage, { modelVersionId, role, ...(segment !== undefined && { segment }) }, rows, now),
      settings,
      entries,
    ),
  };
}

async function coverageSince(
  storage: PerformanceStorage,
  scope: { readonly modelVersionId: string; readonly role: PredictionRole; readonly segment?: string },
  rows: readonly ResolvedPrediction[],
  now: number,
): Promise<LabelCoverage> {
  if (rows.length === 0) return { predictions: 0, resolved: 0 };
  const from = leastOf(rows.map(({ predictedAt }) => predictedAt));
  let predictions = 0;
  let resolved = 0;
  const { days } = await storage.rollups.totals({ ...scope, from, to: Math.max(now, from) + 1 });
  for (const { predictionsCount, outcomes } of days) {
    predictions += predictionsCount;
    resolved += outcomes.count;
  }
  return { predictions, resolved, ...(predictions > 0 && { share: resolved / predictions }) };
}

/** Of at least one value. As a loop: there may be more values than a call takes arguments. */
function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value));
}

function requireWindow({ windowSize, windowMs, where }: WindowQuery): void {
  if (
    windowSize !== undefined &&
    !(Number.isInteger(windowSize) && windowSize >= 1 && windowSize <= MOST_WINDOW_OUTCOMES)
  ) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `windowSize must be a whole number from 1 to ${MOST_WINDOW_OUTCOMES}; got ${windowSize}`,
    );
  }
  if (windowMs !== undefined && !(windowMs > 0 && Number.isFinite(windowMs))) {
    throw new InvalidInputError('OUT_OF_RANGE', `windowMs must be finite and above 0; got ${windowMs}`);
  }
  if (where !== undefined && typeof where !== 'function') {
    throw new InvalidInputError('INVALID_TYPE', `where must be a function of a prediction; got ${typeof where}`);
  }
}
