import { type RollupParts, RollupSum } from '../../aggregates/rollup-sum.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { InvalidInputError } from '../../errors.ts';
import type { StorageStores } from '../../ports/storage.ts';
import { type PerformanceFigures, performanceFigures } from './performance-figures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_DAYS = 36_525;

/** Which predictions a summary is about: those of a model name, whatever version made them, or of one version. */
export type SummaryScope = { readonly modelName: string } | { readonly modelVersionId: string };

export interface VersionFigures extends PerformanceFigures {
  readonly modelVersionId: string;
}

export interface SegmentFigures extends PerformanceFigures {
  readonly symbol: string;
}

export interface DayFigures extends PerformanceFigures {
  /** Midnight UTC, epoch milliseconds. */
  readonly dayStartAt: number;
}

/**
 * Live performance over a range of `predictedAt`, from what is stored. A late outcome changes the day its prediction
 * was made on, not the day it arrived. Predictions without an outcome count in the coverage alone.
 */
export interface PerformanceSummary {
  readonly modelName?: string;
  readonly modelVersionId?: string;
  readonly days: number;
  /** Start of the hour that lies `days` back, epoch milliseconds, inclusive. */
  readonly from: number;
  /** End of the present hour, exclusive. */
  readonly to: number;
  readonly total: PerformanceFigures;
  /** By version id, symbol and day; groups without predictions are left out. */
  readonly versions: readonly VersionFigures[];
  readonly segments: readonly SegmentFigures[];
  readonly daily: readonly DayFigures[];
}

/**
 * @param days - How far back, in (0, 36525].
 * @param now - Epoch milliseconds.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 */
export async function summarizePerformance(
  stores: Pick<StorageStores, 'rollups'>,
  scope: SummaryScope,
  days: number,
  now: number,
  settings: PerformanceMonitoringConfig,
): Promise<PerformanceSummary> {
  if (!(days > 0 && days <= LONGEST_DAYS)) {
    throw new InvalidInputError('OUT_OF_RANGE', `days must be above 0 and at most ${LONGEST_DAYS}; got ${days}`);
  }
  const from = Math.floor((now - days * DAY_MS) / HOUR_MS) * HOUR_MS;
  const to = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
  const { versions, segments, days: daily } = await stores.rollups.totals({ ...scope, role: 'live', from, to });
  const total = new RollupSum();
  for (const version of versions) total.add(version);
  return {
    ...scope,
    days,
    from,
    to,
    total: figuresOf(total, settings),
    versions: versions.map((parts) => ({ modelVersionId: parts.modelVersionId, ...figuresOfParts(parts, settings) })),
    segments: segments.map((parts) => ({ symbol: parts.segment, ...figuresOfParts(parts, settings) })),
    daily: daily.map((parts) => ({ dayStartAt: parts.dayStartAt, ...figuresOfParts(parts, settings) })),
  };
}

function figuresOfParts(parts: RollupParts, settings: PerformanceMonitoringConfig): PerformanceFigures {
  const sum = new RollupSum();
  sum.add(parts);
  return figuresOf(sum, settings);
}

function figuresOf(
  { aggregate, predictionsCount: predictions }: RollupSum,
  settings: PerformanceMonitoringConfig,
): PerformanceFigures {
  const resolved = aggregate.count;
  const coverage = { predictions, resolved, ...(predictions > 0 && { share: resolved / predictions }) };
  return performanceFigures(aggregate, coverage, settings);
}
