import { compareText, type OutcomeAggregateState, type RollupQuery, RollupSums, type RollupTotals } from '@mlperf/core';
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
export async function rollupTotals(session: SqlSession, query: RollupQuery): Promise<RollupTotals> {
  const range = { from: spanStart(query.from, HOUR_MS), to: Math.ceil(query.to / HOUR_MS) * HOUR_MS };
  const { edges: hours, whole: days } = cutRange(range, DAY_MS);
  const { edges: segmentDays, whole: blocks } = cutRange(days, BLOCK_MS);
  const versionSums = new RollupSums<string>();
  const segmentSums = new RollupSums<string>();
  const daySums = new RollupSums<number>();
  for (const edge of hours) {
    for (const row of await readHours(session, query, edge)) {
      const parts = partsOf(row);
      versionSums.add(row.model_version_id, parts);
      segmentSums.add(row.segment, parts);
      daySums.add(spanStart(row.hour_start_at, DAY_MS), parts);
    }
  }
  const wholeDays = query.segment === undefined ? SPAN_LEVELS.day : SPAN_LEVELS.segmentDay;
  for (const row of await readSpans(session, query, wholeDays.level, days)) {
    const parts = partsOf(row);
    versionSums.add(row.model_version_id, parts);
    daySums.add(row.span_start_at, parts);
  }
  for (const edge of segmentDays) {
    for (const row of await readSpans(session, query, SPAN_LEVELS.segmentDay.level, edge)) {
      segmentSums.add(row.segment, partsOf(row));
    }
  }
  for (const row of await readSpans(session, query, SPAN_LEVELS.segmentBlock.level, blocks)) {
    segmentSums.add(row.segment, partsOf(row));
  }
  return {
    versions: versionSums.sorted(compareText).map(([modelVersionId, sum]) => ({ modelVersionId, ...sum })),
    segments: segmentSums.sorted(compareText).map(([segment, sum]) => ({ segment, ...sum })),
    days: daySums.sorted((a, b) => a - b).map(([dayStartAt, sum]) => ({ dayStartAt, ...sum })),
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

function partsOf(row: SumRow): { readonly predictionsCount: number; readonly outcomes: OutcomeAggregateState } {
  return { predictionsCount: row.predictions_count, outcomes: JSON.parse(row.outcomes) as OutcomeAggregateState };
}
