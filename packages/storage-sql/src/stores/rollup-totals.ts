import { compareText, type RollupQuery } from '@mlperf/core';
import { type PackedTotals, StoredSumsByKey } from '../calls/packed-totals.ts';
import type { OutcomeRollupTable, OutcomeSpanTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { BLOCK_MS, DAY_MS, HOUR_MS, SPAN_LEVELS, spanStart } from './rollup-spans.ts';

type SumRow = Pick<OutcomeSpanTable, 'model_version_id' | 'segment' | 'predictions_count' | 'outcomes'>;
type HourRow = SumRow & Pick<OutcomeRollupTable, 'hour_start_at'>;
type SpanRow = SumRow & Pick<OutcomeSpanTable, 'span_start_at'>;

/** Epoch milliseconds, `to` exclusive. */
interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What is at its edges, where a range does not end with a span, and the whole spans between them. */
export function cutRange({ from, to }: TimeRange, lengthMs: number): { edges: readonly TimeRange[]; whole: TimeRange } {
  const first = Math.ceil(from / lengthMs) * lengthMs;
  const last = spanStart(to, lengthMs);
  if (first >= last) return { edges: [{ from, to }], whole: { from: first, to: first } };
  const edges = [
    { from, to: first },
    { from: last, to },
  ];
  return { edges: edges.filter((edge) => edge.from < edge.to), whole: { from: first, to: last } };
}

/**
 * The totals of a range from as few rows as there are: hours at its edges, days and blocks of days between. By version
 * and day they come from days of all symbols; by symbol from blocks, and days where there is no whole block.
 */
export async function rollupTotals(session: SqlSession, query: RollupQuery): Promise<PackedTotals> {
  const range = { from: spanStart(query.from, HOUR_MS), to: Math.ceil(query.to / HOUR_MS) * HOUR_MS };
  const { edges: hours, whole: days } = cutRange(range, DAY_MS);
  const { edges: segmentDays, whole: blocks } = cutRange(days, BLOCK_MS);
  const versionSums = new StoredSumsByKey<string>();
  const segmentSums = new StoredSumsByKey<string>();
  const daySums = new StoredSumsByKey<number>();
  for (const edge of hours) {
    for (const row of await readHours(session, query, edge)) {
      versionSums.add(row.model_version_id, row);
      segmentSums.add(row.segment, row);
      daySums.add(spanStart(row.hour_start_at, DAY_MS), row);
    }
  }
  const wholeDays = query.segment === undefined ? SPAN_LEVELS.day : SPAN_LEVELS.segmentDay;
  for (const row of await readSpans(session, query, wholeDays.level, days)) {
    versionSums.add(row.model_version_id, row);
    daySums.add(row.span_start_at, row);
  }
  for (const edge of segmentDays) {
    for (const row of await readSpans(session, query, SPAN_LEVELS.segmentDay.level, edge)) {
      segmentSums.add(row.segment, row);
    }
  }
  for (const row of await readSpans(session, query, SPAN_LEVELS.segmentBlock.level, blocks)) {
    segmentSums.add(row.segment, row);
  }
  return {
    versions: versionSums.pack(compareText),
    segments: segmentSums.pack(compareText),
    days: daySums.pack((a, b) => a - b),
  };
}

async function readHours(session: SqlSession, query: RollupQuery, { from, to }: TimeRange): Promise<HourRow[]> {
  const { modelVersionId, modelName, segment, role } = query;
  const { rows } = await session.run(
    `hours of totals ${shapeOf(query)}`,
    (db) => {
      let select = db
        .selectFrom('outcome_rollups')
        .select(['model_version_id', 'segment', 'predictions_count', 'outcomes', 'hour_start_at'])
        .where('role', '=', role)
        .where('hour_start_at', '>=', from)
        .where('hour_start_at', '<', to);
      if (modelVersionId !== undefined) select = select.where('model_version_id', '=', modelVersionId);
      if (modelName !== undefined) select = select.where('model_name', '=', modelName);
      if (segment !== undefined) select = select.where('segment', '=', segment);
      return select.compile();
    },
    [role, from, to, ...scopeOf(query)],
  );
  return rows;
}

async function readSpans(
  session: SqlSession,
  query: RollupQuery,
  level: number,
  { from, to }: TimeRange,
): Promise<SpanRow[]> {
  if (from >= to) return [];
  const { modelVersionId, modelName, segment, role } = query;
  const { rows } = await session.run(
    `spans of totals ${shapeOf(query)}`,
    (db) => {
      let select = db
        .selectFrom('outcome_spans')
        .select(['model_version_id', 'segment', 'predictions_count', 'outcomes', 'span_start_at'])
        .where('role', '=', role)
        .where('level', '=', level)
        .where('span_start_at', '>=', from)
        .where('span_start_at', '<', to);
      if (modelVersionId !== undefined) select = select.where('model_version_id', '=', modelVersionId);
      if (modelName !== undefined) select = select.where('model_name', '=', modelName);
      if (segment !== undefined) select = select.where('segment', '=', segment);
      return select.compile();
    },
    [role, level, from, to, ...scopeOf(query)],
  );
  return rows;
}

/** Which of the optional conditions a query has: what its text depends on. */
function shapeOf({ modelVersionId, modelName, segment }: RollupQuery): string {
  return [modelVersionId, modelName, segment].map((value) => (value === undefined ? '-' : '+')).join('');
}

function scopeOf({ modelVersionId, modelName, segment }: RollupQuery): readonly string[] {
  return [modelVersionId, modelName, segment].filter((value) => value !== undefined);
}
