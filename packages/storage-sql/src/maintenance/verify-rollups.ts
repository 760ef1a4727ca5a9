import {
  MlperfError,
  OutcomeAggregate,
  type OutcomeAggregateState,
  observationOf,
  type RecordedPrediction,
  type TrackedOutcome,
} from '@mlperf/core';
import { sql } from 'kysely';
import type { OutcomeRollupTable, PredictionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { PREDICTION_COLUMNS, toRecordedPrediction, toTrackedOutcome } from '../stores/prediction-rows.ts';
import { hourOf } from '../stores/rollup-changes.ts';
import { aggregateDifference } from './aggregate-difference.ts';
import type { ProblemLog } from './problem-log.ts';
import { readPages } from './read-pages.ts';

const PAGE_ROWS = 5_000;

interface Recomputed {
  predictions: number;
  readonly outcomes: OutcomeAggregate;
}

/** Compares every hourly roll-up with what the predictions of that hour add up to. */
export async function verifyRollups(session: SqlSession, log: ProblemLog): Promise<void> {
  for (const version of await versionsOf(session)) await verifyVersion(session, version, log);
}

async function verifyVersion(session: SqlSession, version: string, log: ProblemLog): Promise<void> {
  const hours = new Set<number>();
  let hour: number | undefined;
  let sums = new Map<string, Recomputed>();
  const finishHour = async (): Promise<void> => {
    if (hour === undefined) return;
    hours.add(hour);
    await compareHour(session, version, hour, sums, log);
    sums = new Map();
  };
  const pages = readPages(
    session,
    {
      table: 'predictions',
      key: ['predicted_at', 'id'],
      columns: PREDICTION_COLUMNS,
      where: sql<boolean>`model_version_id = ${version}`,
    },
    PAGE_ROWS,
  );
  for await (const rows of pages) {
    for (const row of rows) {
      const rowHour = hourOf(row.predicted_at);
      if (rowHour !== hour) {
        await finishHour();
        hour = rowHour;
      }
      addRow(sums, row, log);
    }
  }
  await finishHour();
  await findEmptyHours(session, version, hours, log);
}

function addRow(sums: Map<string, Recomputed>, row: PredictionTable, log: ProblemLog): void {
  let prediction: RecordedPrediction;
  let outcome: TrackedOutcome | undefined;
  try {
    prediction = toRecordedPrediction(row);
    outcome = toTrackedOutcome(row);
  } catch (error) {
    log.add('records', `prediction ${row.id}`, `must hold JSON; it does not (${messageOf(error)})`);
    return;
  }
  const name = nameOf(row.role, row.symbol, row.model_name ?? '');
  let sum = sums.get(name);
  if (sum === undefined) {
    sum = { predictions: 0, outcomes: new OutcomeAggregate() };
    sums.set(name, sum);
  }
  sum.predictions++;
  if (outcome === undefined) return;
  try {
    sum.outcomes.add(observationOf(prediction, outcome));
  } catch (error) {
    log.add('records', `prediction ${row.id}`, messageOf(error));
  }
}

async function compareHour(
  session: SqlSession,
  version: string,
  hour: number,
  sums: Map<string, Recomputed>,
  log: ProblemLog,
): Promise<void> {
  const stored = await session.db
    .selectFrom('outcome_rollups')
    .selectAll()
    .where('model_version_id', '=', version)
    .where('role', 'in', ['live', 'shadow', 'member'])
    .where('hour_start_at', '=', hour)
    .execute();
  log.checked('rollups', stored.length);
  for (const row of stored) {
    const name = nameOf(row.role, row.segment, row.model_name);
    compareRollup(row, sums.get(name), log);
    sums.delete(name);
  }
  for (const [name, sum] of sums) {
    const [role, segment] = name.split('\u0000');
    log.add(
      'rollups',
      subjectOf({ model_version_id: version, role: role!, segment: segment!, hour_start_at: hour }),
      `must count ${sum.predictions} predictions; there is no roll-up`,
    );
  }
}

function compareRollup(row: OutcomeRollupTable, sum: Recomputed | undefined, log: ProblemLog): void {
  const subject = subjectOf(row);
  const predictions = sum?.predictions ?? 0;
  if (row.predictions_count !== predictions) {
    log.add('rollups', subject, `must count ${predictions} predictions; it counts ${row.predictions_count}`);
  }
  let state: OutcomeAggregateState;
  try {
    state = JSON.parse(row.outcomes) as OutcomeAggregateState;
    OutcomeAggregate.from(state);
  } catch (error) {
    log.add('rollups', subject, `must hold an aggregate: ${messageOf(error)}`);
    return;
  }
  const difference = aggregateDifference(state, (sum?.outcomes ?? new OutcomeAggregate()).toJSON());
  if (difference !== undefined) log.add('rollups', subject, difference);
}

/** Roll-ups of hours in which the version predicted nothing. */
async function findEmptyHours(
  session: SqlSession,
  version: string,
  hours: ReadonlySet<number>,
  log: ProblemLog,
): Promise<void> {
  const pages = readPages(session, {
    table: 'outcome_rollups',
    key: ['role', 'hour_start_at', 'segment', 'model_name'],
    columns: ['model_version_id', 'predictions_count', 'outcomes'],
    where: sql<boolean>`model_version_id = ${version}`,
  });
  for await (const rows of pages) {
    for (const row of rows) {
      if (hours.has(row.hour_start_at)) continue;
      log.checked('rollups');
      compareRollup(row, undefined, log);
    }
  }
}

/** Versions with a prediction or a roll-up, each found by one step through an index. */
async function versionsOf(session: SqlSession): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const table of ['predictions', 'outcome_rollups'] as const) {
    let last = '';
    for (;;) {
      const row = await session.db
        .selectFrom(table)
        .select((eb) => eb.fn.min('model_version_id').as('version'))
        .where('model_version_id', '>', last)
        .executeTakeFirst();
      if (row === undefined || row.version === null) break;
      last = row.version;
      found.add(last);
    }
  }
  return [...found].sort();
}

function subjectOf(row: Pick<OutcomeRollupTable, 'model_version_id' | 'role' | 'segment' | 'hour_start_at'>): string {
  return `${row.model_version_id} ${row.role} ${row.segment} ${new Date(row.hour_start_at).toISOString()}`;
}

/** NUL cannot occur in stored text, so that no two keys share a name. */
function nameOf(role: string, segment: string, modelName: string): string {
  return [role, segment, modelName].join('\u0000');
}

function messageOf(error: unknown): string {
  return MlperfError.is(error) || error instanceof Error ? error.message : String(error);
}
