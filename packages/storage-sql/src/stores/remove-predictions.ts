import { InvalidInputError, type PredictionRole, type RemovalReceipt, type RemovalRequest } from '@mlperf/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { dropMonthBefore } from '../partitions/drop-month.ts';
import type { SqlSession } from '../sql-session.ts';

const ROLES: readonly PredictionRole[] = ['live', 'member', 'shadow'];
/** The most that a request may remove. */
const MAX_LIMIT = 10_000;
/** Kept among the counters, so that it is one row, and grows only. */
const HORIZON = 'predictions removed before';

/** Removes what a request lets go, oldest first of each role, and notes from when on ids are known. */
export async function removePredictions(session: SqlSession, request: RemovalRequest): Promise<RemovalReceipt> {
  const { predictedBefore, openDueBefore, limit } = request;
  await raiseHorizon(session, await horizonFor(session, predictedBefore));
  // To look at a month means to read all of it, which is not for every batch of a removal.
  const examined = session.months.examinedFor(`${predictedBefore} ${openDueBefore}`);
  const dropped = session.dialect.partitioned
    ? await dropMonthBefore(session, predictedBefore, mayGo(request), examined)
    : undefined;
  if (dropped !== undefined) return { removed: dropped, complete: false };
  let removed = 0;
  for (const role of ROLES) {
    if (removed < limit) removed += await removeOfRole(session, role, request, limit - removed);
  }
  return { removed, complete: removed < limit };
}

/**
 * Refuses new predictions made before the last removal: whether one of that id was removed, nobody knows any more, and
 * stored again it would be counted twice.
 * @throws {@link InvalidInputError} `INVALID_RECORD`.
 */
export async function refuseRemoved<T>(
  session: SqlSession,
  predictions: readonly T[],
  read: (prediction: T) => { readonly id: string; readonly predictedAt: number },
): Promise<void> {
  const horizon = await readHorizon(session);
  if (horizon === 0) return;
  for (const prediction of predictions) {
    const { id, predictedAt } = read(prediction);
    if (predictedAt >= horizon) continue;
    throw new InvalidInputError(
      'INVALID_RECORD',
      `prediction '${id}' must be made at or after ${horizon}, before which predictions were removed; got ${predictedAt}`,
    );
  }
}

/** Predictions made before this may have been removed, epoch milliseconds; 0 where nothing ever was. */
export async function readHorizon(session: SqlSession): Promise<number> {
  const { rows } = await session.run(
    'horizon',
    (db) => db.selectFrom('sequence_counters').select('value').where('name', '=', HORIZON).compile(),
    [HORIZON],
  );
  return rows[0]?.value ?? 0;
}

/**
 * Just after the newest prediction that the request may take, so that a time far ahead shuts out nobody who has yet to
 * come; 0 when it can take none.
 */
async function horizonFor(session: SqlSession, predictedBefore: number): Promise<number> {
  let horizon = 0;
  for (const role of ROLES) {
    const newest = await session.db
      .selectFrom('predictions')
      .select('predicted_at')
      .where('role', '=', role)
      .where('predicted_at', '<', predictedBefore)
      .orderBy('predicted_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    horizon = Math.max(horizon, newest === undefined ? 0 : newest.predicted_at + 1);
  }
  return horizon;
}

async function raiseHorizon(session: SqlSession, at: number): Promise<void> {
  await sql`
    insert into sequence_counters (name, value) values (${HORIZON}, ${at})
    on conflict (name) do update set value = excluded.value
    where excluded.value > sequence_counters.value`.execute(session.db);
}

function mayGo({ predictedBefore, openDueBefore }: RemovalRequest): RawBuilder<SqlBool> {
  return sql`((sequence is not null and outcome_recorded_at < ${predictedBefore})
    or (sequence is null and coalesce(due_at, predicted_at) < ${openDueBefore}))`;
}

async function removeOfRole(
  session: SqlSession,
  role: PredictionRole,
  request: RemovalRequest,
  limit: number,
): Promise<number> {
  const { db } = session;
  const oldest = (columns: string, most: RawBuilder<unknown>) => sql`
    select ${sql.raw(columns)} from predictions
    where role = ${sql.lit(role)} and predicted_at < ${request.predictedBefore} and ${mayGo(request)}
    order by predicted_at limit ${most}`;
  if (!session.dialect.partitioned) {
    const result = await sql`delete from predictions where rowid in (${oldest('rowid', sql`${limit}`)})`.execute(db);
    return Number(result.numAffectedRows ?? 0);
  }
  // A planner that has not seen a limit takes it for a tenth of what there is: here of the most that it can be. Without
  // the range it reads every month to find these rows, even those that are kept.
  const { rows } = await sql<{ removed: number }>`
    with old as materialized (
      select * from (${oldest('id, predicted_at', sql.lit(MAX_LIMIT))}) as oldest limit ${limit}
    ),
    keys as (delete from prediction_keys using old where prediction_keys.id = old.id),
    gone as (
      delete from predictions using old
      where predictions.id = old.id and predictions.predicted_at = old.predicted_at
        and predictions.predicted_at between (select min(predicted_at) from old) and (select max(predicted_at) from old)
      returning 1
    )
    select count(*) as removed from gone`.execute(db);
  return Number(rows[0]!.removed);
}
