import { observationOf, type RecordedPrediction, type TrackedOutcome } from '@mlperf/core';
import { sql } from 'kysely';
import type { OutcomeRollupTable, PredictionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { PREDICTION_COLUMNS, toRecordedPrediction, toTrackedOutcome } from '../stores/prediction-rows.ts';
import { readHorizon } from '../stores/remove-predictions.ts';
import { hourOf } from '../stores/rollup-changes.ts';
import type { ProblemLog } from './problem-log.ts';
import { readPages } from './read-pages.ts';
import { messageOf, SummedOutcomes } from './summed-outcomes.ts';
import { SumsByKey } from './sums-by-key.ts';

const PAGE_ROWS = 5_000;

/**
 * Compares the hourly roll-ups of a version in a role with what its predictions add up to, hour by hour. Of hours from
 * which predictions were removed as too old, the roll-ups may count more than what is left, and never less.
 */
export async function verifyRollups(
  session: SqlSession,
  version: string,
  role: string,
  log: ProblemLog,
): Promise<void> {
  const horizon = await readHorizon(session);
  const hours = new Set<number>();
  let hour: number | undefined;
  let sums = new SumsByKey();
  const finishHour = async (): Promise<void> => {
    const finished = sums;
    sums = new SumsByKey();
    if (hour === undefined) return;
    hours.add(hour);
    await compareHour(session, { version, role, hour, isWhole: hour >= horizon }, finished, log);
  };
  const predictions = readPages(
    session,
    {
      table: 'predictions',
      key: ['predicted_at', 'id'],
      columns: PREDICTION_COLUMNS,
      where: sql<boolean>`model_version_id = ${version} and role = ${role}`,
    },
    PAGE_ROWS,
  );
  for await (const rows of predictions) {
    for (const row of rows) {
      if (hourOf(row.predicted_at) !== hour) {
        await finishHour();
        hour = hourOf(row.predicted_at);
      }
      addRow(sums, row, log);
    }
  }
  await finishHour();
  await findEmptyHours(session, version, role, { hours, horizon }, log);
}

function addRow(sums: SumsByKey, row: PredictionTable, log: ProblemLog): void {
  const sum = sums.of(row.symbol, row.model_name ?? '');
  sum.predictions++;
  try {
    const prediction: RecordedPrediction = toRecordedPrediction(row);
    const outcome: TrackedOutcome | undefined = toTrackedOutcome(row);
    if (outcome !== undefined) sum.outcomes.add(observationOf(prediction, outcome));
  } catch (error) {
    log.add('records', `prediction ${row.id}`, `must be readable: ${messageOf(error)}`);
  }
}

async function compareHour(
  session: SqlSession,
  { version, role, hour, isWhole }: { version: string; role: string; hour: number; isWhole: boolean },
  sums: SumsByKey,
  log: ProblemLog,
): Promise<void> {
  const stored = await session.db
    .selectFrom('outcome_rollups')
    .selectAll()
    .where('model_version_id', '=', version)
    .where('role', '=', role)
    .where('hour_start_at', '=', hour)
    .execute();
  log.checked('rollups', stored.length);
  for (const row of stored) {
    const left = sums.take(row.segment, row.model_name);
    if (isWhole) SummedOutcomes.compare(row, left, subjectOf(row), log);
    else SummedOutcomes.requireAtLeast(row, left, subjectOf(row), log);
  }
  for (const { segment, sum } of sums.left) {
    const subject = subjectOf({ model_version_id: version, role, segment, hour_start_at: hour });
    log.add('rollups', subject, `must count ${sum.predictions} predictions; there is no roll-up`);
  }
}

/** Roll-ups of hours in which nothing was predicted. */
async function findEmptyHours(
  session: SqlSession,
  version: string,
  role: string,
  { hours, horizon }: { readonly hours: ReadonlySet<number>; readonly horizon: number },
  log: ProblemLog,
): Promise<void> {
  const pages = readPages(session, {
    table: 'outcome_rollups',
    key: ['hour_start_at', 'segment', 'model_name'],
    columns: ['model_version_id', 'role', 'predictions_count', 'outcomes'],
    where: sql<boolean>`model_version_id = ${version} and role = ${role}`,
  });
  for await (const rows of pages) {
    for (const row of rows) {
      if (row.hour_start_at < horizon || hours.has(row.hour_start_at)) continue;
      log.checked('rollups');
      SummedOutcomes.compare(row, undefined, subjectOf(row), log);
    }
  }
}

function subjectOf(row: Pick<OutcomeRollupTable, 'model_version_id' | 'role' | 'segment' | 'hour_start_at'>): string {
  return `${row.model_version_id} ${row.role} ${row.segment} ${new Date(row.hour_start_at).toISOString()}`;
}
