import { InvalidInputError, type OutcomeRollup, type PredictionRole, type RollupQuery } from '@mlperf/core';
import { decodeAggregate } from '../aggregate-text.ts';
import type { RollupCalls } from '../calls/call-checks.ts';
import type { PackedTotals } from '../calls/packed-totals.ts';
import type { OutcomeRollupTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { hourOf } from './rollup-changes.ts';
import { rollupTotals } from './rollup-totals.ts';

const MAX_ROLLUPS = 100_000;

export class SqlRollupStore implements RollupCalls {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async range(query: RollupQuery): Promise<readonly OutcomeRollup[]> {
    let select = this.#session.db
      .selectFrom('outcome_rollups')
      .selectAll()
      .where('role', '=', query.role)
      .where('hour_start_at', '>=', hourOf(query.from))
      .where('hour_start_at', '<', query.to);
    if (query.modelVersionId !== undefined) select = select.where('model_version_id', '=', query.modelVersionId);
    if (query.modelName !== undefined) select = select.where('model_name', '=', query.modelName);
    if (query.segment !== undefined) select = select.where('segment', '=', query.segment);
    const rows = await select
      .orderBy('hour_start_at')
      .orderBy('model_version_id')
      .orderBy('segment')
      .orderBy('model_name')
      .limit(MAX_ROLLUPS + 1)
      .execute();
    if (rows.length > MAX_ROLLUPS) {
      throw new InvalidInputError(
        'TOO_LARGE',
        `the range must hold at most ${MAX_ROLLUPS} roll-ups; it holds more: ask for a shorter one`,
      );
    }
    return rows.map(toRollup);
  }

  totals(query: RollupQuery): Promise<PackedTotals> {
    return rollupTotals(this.#session, query);
  }
}

function toRollup(row: OutcomeRollupTable): OutcomeRollup {
  return {
    modelVersionId: row.model_version_id,
    ...(row.model_name === '' ? {} : { modelName: row.model_name }),
    segment: row.segment,
    role: row.role as PredictionRole,
    hourStartAt: row.hour_start_at,
    predictionsCount: row.predictions_count,
    outcomes: decodeAggregate(row.outcomes).toJSON(),
  };
}
