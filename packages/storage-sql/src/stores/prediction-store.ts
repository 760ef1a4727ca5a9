import {
  decodeCursor,
  type OutcomeQuery,
  type OutcomeResolution,
  type Page,
  type PageRequest,
  type PredictionFilter,
  type RecordedPrediction,
  type RecordReceipt,
  type RecordRequest,
  type RemovalReceipt,
  type RemovalRequest,
  type ResolutionResult,
  requirePage,
  type TrackedPrediction,
} from '@mlperf/core';
import type { PredictionCalls } from '../calls/call-checks.ts';
import { type PackedOutcomes, packOutcomes } from '../calls/packed-outcomes.ts';
import type { PredictionTable } from '../schema.ts';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';
import { listPredictions } from './prediction-list.ts';
import { PREDICTION_COLUMNS, toTrackedPrediction } from './prediction-rows.ts';
import { selectPredictions } from './prediction-statements.ts';
import { recordPredictions } from './record-predictions.ts';
import { removePredictions } from './remove-predictions.ts';

export class SqlPredictionStore implements PredictionCalls {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async append(predictions: readonly RecordedPrediction[]): Promise<readonly boolean[]> {
    return (await recordPredictions(this.#session, { predictions, resolutions: [] })).added;
  }

  async resolve(resolutions: readonly OutcomeResolution[]): Promise<readonly ResolutionResult[]> {
    return (await recordPredictions(this.#session, { predictions: [], resolutions })).results;
  }

  async record(request: RecordRequest): Promise<RecordReceipt> {
    const { added, results } = await recordPredictions(this.#session, request);
    return { added, resolved: results.map(({ status, outcome }) => ({ status, sequence: outcome.sequence })) };
  }

  async get(ids: readonly string[]): Promise<readonly (TrackedPrediction | undefined)[]> {
    const found = new Map<string, TrackedPrediction>();
    for (const row of await selectPredictions(this.#session, ids)) found.set(row.id, toTrackedPrediction(row));
    return ids.map((id) => found.get(id));
  }

  async findByDecision(decisionId: string): Promise<readonly TrackedPrediction[]> {
    const rows = await this.#session.db
      .selectFrom('predictions')
      .select(PREDICTION_COLUMNS)
      .where('decision_id', '=', decisionId)
      .whereRef('decision_id', '<>', 'id')
      .unionAll((eb) =>
        eb
          .selectFrom('predictions')
          .select(PREDICTION_COLUMNS)
          .where('id', '=', decisionId)
          .where('decision_id', '=', decisionId),
      )
      .orderBy('id')
      .execute();
    return rows.map(toTrackedPrediction);
  }

  async recentOutcomes(query: OutcomeQuery): Promise<PackedOutcomes> {
    return packOutcomes((await this.#outcomes(query, 'desc')).reverse());
  }

  async outcomesAfter(query: OutcomeQuery): Promise<PackedOutcomes> {
    return packOutcomes(await this.#outcomes(query, 'asc'));
  }

  removeBefore(request: RemovalRequest): Promise<RemovalReceipt> {
    return removePredictions(this.#session, request);
  }

  async list(filter: PredictionFilter, page?: PageRequest): Promise<Page<TrackedPrediction>> {
    const listing = { list: 'predictions', ...filter };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number', 'string']);
    const position = after as readonly [number, string] | undefined;
    const rows = await listPredictions(this.#session, filter, position, limit + 1);
    return pageOf(rows, limit, listing, toTrackedPrediction, (row) => [row.predicted_at, row.id]);
  }

  async #outcomes(query: OutcomeQuery, order: 'asc' | 'desc'): Promise<PredictionTable[]> {
    const { modelVersionId, role, symbol, afterSequence = 0, limit } = query;
    const { rows } = await this.#session.run(
      `outcomes ${order}${symbol === undefined ? '' : ' by symbol'}`,
      (db) => {
        const select = db
          .selectFrom('predictions')
          .select(PREDICTION_COLUMNS)
          .where('model_version_id', '=', modelVersionId)
          .where('role', '=', role)
          .where('sequence', '>', afterSequence);
        return (symbol === undefined ? select : select.where('symbol', '=', symbol))
          .orderBy('sequence', order)
          .limit(limit)
          .compile();
      },
      [modelVersionId, role, afterSequence, ...(symbol === undefined ? [] : [symbol]), limit],
    );
    return rows;
  }
}
