import { sql } from 'kysely';
import type { OutcomeSpanTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { SPAN_LEVELS, spanStart } from '../stores/rollup-spans.ts';
import type { ProblemLog } from './problem-log.ts';
import { readPages } from './read-pages.ts';
import { readAggregate, SummedOutcomes } from './summed-outcomes.ts';
import { SumsByKey } from './sums-by-key.ts';

interface OpenSpan {
  start: number | undefined;
  sums: SumsByKey;
}

/** Compares the sums of days and longer spans of a version in a role with what its hourly roll-ups add up to. */
export async function verifySpans(session: SqlSession, version: string, role: string, log: ProblemLog): Promise<void> {
  const levels = Object.values(SPAN_LEVELS);
  const open = new Map<number, OpenSpan>(
    levels.map(({ level }) => [level, { start: undefined, sums: new SumsByKey() }]),
  );
  const seen = new Set<string>();
  const finish = async (level: number, span: OpenSpan): Promise<void> => {
    if (span.start === undefined) return;
    seen.add(`${level} ${span.start}`);
    await compareSpan(session, { version, role, level, start: span.start }, span.sums, log);
    span.sums = new SumsByKey();
  };
  const hours = readPages(session, {
    table: 'outcome_rollups',
    key: ['hour_start_at', 'segment', 'model_name'],
    columns: ['predictions_count', 'outcomes'],
    where: sql<boolean>`model_version_id = ${version} and role = ${role}`,
  });
  for await (const rows of hours) {
    for (const row of rows) {
      const outcomes = readAggregate(row.outcomes);
      // What cannot be read has been reported with its hour.
      if (typeof outcomes === 'string') continue;
      for (const { level, lengthMs, bySegment } of levels) {
        const span = open.get(level)!;
        const start = spanStart(row.hour_start_at, lengthMs);
        if (start !== span.start) {
          await finish(level, span);
          span.start = start;
        }
        const sum = span.sums.of(bySegment ? row.segment : '', row.model_name);
        sum.predictions += row.predictions_count;
        sum.outcomes.merge(outcomes);
      }
    }
  }
  for (const [level, span] of open) await finish(level, span);
  await findEmptySpans(session, version, role, seen, log);
}

async function compareSpan(
  session: SqlSession,
  { version, role, level, start }: { version: string; role: string; level: number; start: number },
  sums: SumsByKey,
  log: ProblemLog,
): Promise<void> {
  const stored = await session.db
    .selectFrom('outcome_spans')
    .selectAll()
    .where('model_version_id', '=', version)
    .where('role', '=', role)
    .where('level', '=', level)
    .where('span_start_at', '=', start)
    .execute();
  log.checked('rollups', stored.length);
  for (const row of stored) {
    SummedOutcomes.compare(row, sums.take(row.segment, row.model_name), subjectOf(row), log);
  }
  for (const { segment, sum } of sums.left) {
    const subject = subjectOf({ model_version_id: version, role, level, span_start_at: start, segment });
    log.add('rollups', subject, `must count ${sum.predictions} predictions; there is no such sum`);
  }
}

/** Sums of spans that have no hourly roll-up. */
async function findEmptySpans(
  session: SqlSession,
  version: string,
  role: string,
  seen: ReadonlySet<string>,
  log: ProblemLog,
): Promise<void> {
  const pages = readPages(session, {
    table: 'outcome_spans',
    key: ['level', 'span_start_at', 'segment', 'model_name'],
    columns: ['model_version_id', 'role', 'predictions_count', 'outcomes'],
    where: sql<boolean>`model_version_id = ${version} and role = ${role}`,
  });
  for await (const rows of pages) {
    for (const row of rows) {
      if (seen.has(`${row.level} ${row.span_start_at}`)) continue;
      log.checked('rollups');
      SummedOutcomes.compare(row, undefined, subjectOf(row), log);
    }
  }
}

function subjectOf(
  row: Pick<OutcomeSpanTable, 'model_version_id' | 'role' | 'level' | 'segment' | 'span_start_at'>,
): string {
  const [name = String(row.level)] = Object.entries(SPAN_LEVELS).find(([, { level }]) => level === row.level) ?? [];
  const start = new Date(row.span_start_at).toISOString();
  return [row.model_version_id, row.role, ...(row.segment === '' ? [] : [row.segment]), name, start].join(' ');
}
