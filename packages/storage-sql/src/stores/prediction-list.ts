import type { PredictionFilter, PredictionRole } from '@mlperf/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PredictionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { PREDICTION_COLUMNS } from './prediction-rows.ts';
import { HOUR_MS } from './rollup-spans.ts';

const ROLES: readonly PredictionRole[] = ['live', 'member', 'shadow'];

type Condition = RawBuilder<SqlBool>;
type KeyColumn = 'model_version_id' | 'model_name' | 'symbol';

/** Where a page begins: after this `predictedAt` and id. */
type Position = readonly [predictedAt: number, id: string];

/** Conditions an index answers in the order of time, and the times within which there can be any row. */
interface AccessPath {
  readonly conditions: readonly Condition[];
  /** Inclusive, epoch milliseconds. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
}

/**
 * The first rows of a filter after a position, by `predicted_at`, then id.
 *
 * Which index is walked is said here, not left to a planner's guess: of each condition that is not part of it the text
 * is one that no index answers. An index by time holds the role before it; without a role all three are merged.
 */
export async function listPredictions(
  session: SqlSession,
  filter: PredictionFilter,
  after: Position | undefined,
  limit: number,
): Promise<PredictionTable[]> {
  const paths = filter.resolved === false ? [openPath(filter)] : await pathsByRole(session, filter);
  if (paths.length === 0) return [];
  const columns = sql.join(PREDICTION_COLUMNS.map((column) => sql.ref(column)));
  const ordered = sql`order by predicted_at, id limit ${limit}`;
  const selects = paths.map((path) => {
    const select = sql`select ${columns} from predictions where ${sql.join(conditionsOf(path, filter, after), sql` and `)}`;
    // SQLite merges sorted branches by itself; Postgres would sort all that they find.
    return session.dialect.partitioned && paths.length > 1 ? sql`(${select} ${ordered})` : select;
  });
  const { rows } = await sql<PredictionTable>`${sql.join(selects, sql` union all `)} ${ordered}`.execute(session.db);
  return rows;
}

function conditionsOf(path: AccessPath, filter: PredictionFilter, after: Position | undefined): Condition[] {
  const conditions = [...path.conditions];
  const from = Math.max(path.from ?? -Infinity, filter.predictedFrom ?? -Infinity, after?.[0] ?? -Infinity);
  const to = Math.min(path.to ?? Infinity, filter.predictedTo ?? Infinity);
  if (Number.isFinite(from)) conditions.push(sql`predicted_at >= ${from}`);
  if (Number.isFinite(to)) conditions.push(sql`predicted_at < ${to}`);
  if (after !== undefined) conditions.push(sql`(predicted_at > ${after[0]} or id > ${after[1]})`);
  return conditions;
}

/** Few predictions wait for an outcome: they have indexes of their own. */
function openPath(filter: PredictionFilter): AccessPath {
  const { modelVersionId, modelName, symbol, role } = filter;
  return {
    conditions: [
      sql`sequence is null`,
      ...(modelVersionId === undefined ? [] : [equal('model_version_id', modelVersionId)]),
      ...beside({ model_name: modelName, symbol }),
      ...(role === undefined ? [] : [sql<SqlBool>`role || '' = ${role}`]),
    ],
  };
}

async function pathsByRole(session: SqlSession, filter: PredictionFilter): Promise<readonly AccessPath[]> {
  const { modelVersionId, modelName, symbol, role, resolved } = filter;
  const roles = role === undefined ? ROLES : [role];
  const withOutcome: Condition[] = resolved === true ? [sql`coalesce(sequence, 0) > 0`] : [];
  if (symbol !== undefined && (modelVersionId !== undefined || modelName !== undefined)) {
    const known = await hoursOf(session, filter, roles);
    return known.map(({ role: each, first, last }) => ({
      conditions: [
        equal('symbol', symbol),
        ofRole(each),
        ...beside({ model_version_id: modelVersionId, model_name: modelName }),
        ...withOutcome,
      ],
      from: first,
      to: last + HOUR_MS,
    }));
  }
  const key: Condition[] =
    modelVersionId !== undefined
      ? [equal('model_version_id', modelVersionId), ...beside({ model_name: modelName })]
      : modelName !== undefined
        ? [equal('model_name', modelName)]
        : symbol !== undefined
          ? [equal('symbol', symbol)]
          : [];
  return roles.map((each) => ({ conditions: [...key, ofRole(each), ...withOutcome] }));
}

/**
 * The first and the last hour in which a version or a model name predicted for a symbol, by its roll-ups. A symbol's
 * rows between them are mostly its own; those outside, and all when it never did, need not be looked at.
 */
async function hoursOf(
  session: SqlSession,
  { modelVersionId, modelName, symbol }: PredictionFilter,
  roles: readonly PredictionRole[],
): Promise<readonly { readonly role: PredictionRole; readonly first: number; readonly last: number }[]> {
  const scope =
    modelVersionId === undefined ? equal('model_name', modelName!) : equal('model_version_id', modelVersionId);
  const end = (role: PredictionRole, direction: 'asc' | 'desc') =>
    sql`(select hour_start_at from outcome_rollups where ${scope} and ${ofRole(role)} and segment = ${symbol}
      order by hour_start_at ${sql.raw(direction)} limit 1)`;
  const selects = roles.map(
    (role) => sql`select ${sql.lit(role)} as role, ${end(role, 'asc')} as first, ${end(role, 'desc')} as last`,
  );
  const { rows } = await sql<{ role: PredictionRole; first: number | null; last: number | null }>`${sql.join(
    selects,
    sql` union all `,
  )}`.execute(session.db);
  return rows.flatMap(({ role, first, last }) => (first === null || last === null ? [] : [{ role, first, last }]));
}

function equal(column: KeyColumn, value: string): Condition {
  return sql`${sql.ref(column)} = ${value}`;
}

/** Out of the reach of an index that does not begin with it. */
function beside(values: { readonly [Column in KeyColumn]?: string | undefined }): Condition[] {
  return Object.entries(values).flatMap(([column, value]) =>
    value === undefined ? [] : [sql<SqlBool>`${sql.ref(column)} || '' = ${value}`],
  );
}

function ofRole(role: PredictionRole): Condition {
  return sql`role = ${sql.lit(role)}`;
}
