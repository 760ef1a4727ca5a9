import {
  decideResolution,
  decodeCursor,
  NotFoundError,
  type OutcomeQuery,
  type OutcomeResolution,
  type Page,
  type PageRequest,
  type PredictionFilter,
  type PredictionStore,
  predictionConflict,
  type RecordedPrediction,
  type ResolutionResult,
  type ResolvedPrediction,
  requirePage,
  samePrediction,
  type TrackedOutcome,
  type TrackedPrediction,
} from '@mlperf/core';
import type { RowValues } from '../batch-statements.ts';
import type { PredictionTable } from '../schema.ts';
import { takeSequence } from '../sequence-counters.ts';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';
import { listPredictions } from './prediction-list.ts';
import {
  PREDICTION_COLUMNS,
  recordedValues,
  toRecordedPrediction,
  toResolvedPrediction,
  toTrackedOutcome,
  toTrackedPrediction,
} from './prediction-rows.ts';
import { insertPredictions, selectPredictions, storeOutcomes } from './prediction-statements.ts';
import { RollupChanges } from './rollup-changes.ts';

/** A resolution under way: the prediction and the outcome it has so far, stored or given earlier in the batch. */
interface Resolving {
  readonly row: PredictionTable;
  readonly prediction: RecordedPrediction;
  outcome: TrackedOutcome | undefined;
  changed: boolean;
}

export class SqlPredictionStore implements PredictionStore {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async append(predictions: readonly RecordedPrediction[]): Promise<readonly boolean[]> {
    const known = new Map<string, RecordedPrediction>();
    for (const row of await selectPredictions(
      this.#session,
      predictions.map((prediction) => prediction.id),
    )) {
      known.set(row.id, toRecordedPrediction(row));
    }
    const changes = new RollupChanges();
    const rows: RowValues[] = [];
    const isNew = predictions.map((prediction) => {
      const earlier = known.get(prediction.id);
      if (earlier !== undefined) {
        if (samePrediction(earlier, prediction)) return false;
        throw predictionConflict(earlier, prediction);
      }
      known.set(prediction.id, prediction);
      rows.push(recordedValues(prediction));
      changes.addPrediction(prediction);
      return true;
    });
    await insertPredictions(this.#session, rows);
    await changes.store(this.#session);
    return isNew;
  }

  async resolve(resolutions: readonly OutcomeResolution[]): Promise<readonly ResolutionResult[]> {
    const resolving = await this.#loadResolving(resolutions);
    const numbers = await this.#takeNumbers(resolutions, resolving);
    const changes = new RollupChanges();
    const results = resolutions.map((resolution) => {
      const target = resolving.get(resolution.predictionId)!;
      return applyResolution(target, resolution, changes, () => numbers.get(target.row.model_version_id)!.next++);
    });
    const changed = [];
    for (const target of resolving.values()) {
      if (target.changed) changed.push({ row: target.row, outcome: target.outcome! });
    }
    await storeOutcomes(this.#session, changed);
    await changes.store(this.#session);
    return results;
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

  async recentOutcomes(query: OutcomeQuery): Promise<readonly ResolvedPrediction[]> {
    return (await this.#outcomes(query, 'desc')).reverse();
  }

  outcomesAfter(query: OutcomeQuery): Promise<readonly ResolvedPrediction[]> {
    return this.#outcomes(query, 'asc');
  }

  async list(filter: PredictionFilter, page?: PageRequest): Promise<Page<TrackedPrediction>> {
    const listing = { list: 'predictions', ...filter };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number', 'string']);
    const position = after as readonly [number, string] | undefined;
    const rows = await listPredictions(this.#session, filter, position, limit + 1);
    return pageOf(rows, limit, listing, toTrackedPrediction, (row) => [row.predicted_at, row.id]);
  }

  async #loadResolving(resolutions: readonly OutcomeResolution[]): Promise<Map<string, Resolving>> {
    const ids = [...new Set(resolutions.map((resolution) => resolution.predictionId))];
    const resolving = new Map<string, Resolving>();
    for (const row of await selectPredictions(this.#session, ids)) {
      const outcome = toTrackedOutcome(row);
      resolving.set(row.id, { row, prediction: toRecordedPrediction(row), outcome, changed: false });
    }
    const unknown = ids.find((id) => !resolving.has(id));
    if (unknown !== undefined) throw new NotFoundError(`prediction '${unknown}' must be recorded first; it is not`);
    return resolving;
  }

  /** Reserves a number for every prediction that gets its first outcome now, per model version. */
  async #takeNumbers(
    resolutions: readonly OutcomeResolution[],
    resolving: ReadonlyMap<string, Resolving>,
  ): Promise<Map<string, { next: number }>> {
    const counts = new Map<string, number>();
    for (const id of new Set(resolutions.map((resolution) => resolution.predictionId))) {
      const { row, outcome } = resolving.get(id)!;
      if (outcome === undefined) counts.set(row.model_version_id, (counts.get(row.model_version_id) ?? 0) + 1);
    }
    const numbers = new Map<string, { next: number }>();
    for (const [versionId, count] of counts) {
      numbers.set(versionId, { next: await takeSequence(this.#session, `outcomes of ${versionId}`, count) });
    }
    return numbers;
  }

  async #outcomes(query: OutcomeQuery, order: 'asc' | 'desc'): Promise<ResolvedPrediction[]> {
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
    return rows.map(toResolvedPrediction);
  }
}

function applyResolution(
  target: Resolving,
  resolution: OutcomeResolution,
  changes: RollupChanges,
  takeNumber: () => number,
): ResolutionResult {
  const { prediction, outcome: replaced } = target;
  const { status, outcome } = decideResolution(prediction, replaced, resolution, takeNumber);
  const { predictionId } = resolution;
  if (status === 'unchanged') return { predictionId, status, outcome };
  if (replaced !== undefined) changes.removeOutcome(prediction, replaced);
  changes.addOutcome(prediction, outcome);
  target.outcome = outcome;
  target.changed = true;
  return replaced === undefined ? { predictionId, status, outcome } : { predictionId, status, outcome, replaced };
}
