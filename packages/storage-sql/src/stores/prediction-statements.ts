import { type RowValues, selectByKeys, updateRows, writeRows } from '../batch-statements.ts';
import { keepMonths } from '../partitions/month-partitions.ts';
import type { PredictionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { OUTCOME_COLUMNS, outcomeValues, PREDICTION_COLUMNS, RECORDED_COLUMNS } from './prediction-rows.ts';
import { refuseRemoved } from './remove-predictions.ts';

const PREDICTED_AT = RECORDED_COLUMNS.indexOf('predicted_at');

/** The rows of those ids, in no order. */
export function selectPredictions(session: SqlSession, ids: readonly string[]): Promise<PredictionTable[]> {
  if (!session.dialect.partitioned) {
    return selectByKeys(session, 'predictions by id', ids, (db, among) =>
      db.selectFrom('predictions').select(PREDICTION_COLUMNS).where(among('id')),
    );
  }
  // By way of the key table, so that one month is searched for each id, not all.
  const columns = PREDICTION_COLUMNS.map((column) => `predictions.${column}` as const);
  return selectByKeys(session, 'predictions by id', ids, (db, among) =>
    db
      .selectFrom('prediction_keys')
      .innerJoin('predictions', (join) =>
        join
          .onRef('predictions.id', '=', 'prediction_keys.id')
          .onRef('predictions.predicted_at', '=', 'prediction_keys.predicted_at'),
      )
      .select(columns)
      .where(among('prediction_keys.id')),
  );
}

/** Inserts predictions whose ids are not stored. @param columns - Those recorded first; then, if any, those of outcomes. */
export async function insertPredictions(
  session: SqlSession,
  columns: typeof RECORDED_COLUMNS | typeof PREDICTION_COLUMNS,
  rows: readonly RowValues[],
): Promise<void> {
  if (rows.length === 0) return;
  await refuseRemoved(session, rows, (row) => ({ id: String(row[0]), predictedAt: Number(row[PREDICTED_AT]) }));
  if (session.dialect.partitioned) {
    const keys = rows.map((row) => [row[0]!, row[PREDICTED_AT]!] as const);
    await keepMonths(
      session,
      keys.map(([, predictedAt]) => Number(predictedAt)),
    );
    await writeRows(session, 'prediction_keys', ['id', 'predicted_at'], keys);
  }
  await writeRows(session, 'predictions', columns, rows);
}

/** Stores the outcomes of predictions that are stored. */
export async function storeOutcomes(
  session: SqlSession,
  resolved: readonly { readonly row: PredictionTable; readonly outcome: Parameters<typeof outcomeValues>[0] }[],
): Promise<void> {
  if (session.dialect.partitioned) {
    const rows = resolved.map(({ row, outcome }) => [row.id, row.predicted_at, ...outcomeValues(outcome)]);
    return updateRows(session, 'predictions', ['id', 'predicted_at'], OUTCOME_COLUMNS, rows);
  }
  // An upsert that always finds its row: unlike `update … from (values …)` it needs no type per parameter.
  const rows = resolved.map(({ row, outcome }) => [
    ...RECORDED_COLUMNS.map((column) => row[column]),
    ...outcomeValues(outcome),
  ]);
  return writeRows(session, 'predictions', PREDICTION_COLUMNS, rows, { key: ['id'], update: OUTCOME_COLUMNS });
}
