import {
  compareText,
  decideResolution,
  InvalidInputError,
  NotFoundError,
  type OutcomeQuery,
  type OutcomeResolution,
  type PredictionFilter,
  type PredictionStore,
  predictionConflict,
  type RecordedPrediction,
  type RemovalReceipt,
  type RemovalRequest,
  type ResolutionResult,
  type ResolvedPrediction,
  requireBatch,
  requireKey,
  requireOutcomeQuery,
  requireOutcomeResolution,
  requirePredictionFilter,
  requireRecordedPrediction,
  requireRecordRequest,
  requireRemovalRequest,
  samePrediction,
  type TrackedPrediction,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import { addOutcome, addPrediction, removeOutcome } from '../rollup-upkeep.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import { keyOf, type OutcomePlace, type Tables } from '../tables.ts';

const HORIZON = 'predictions';

export function createPredictionStore(tables: Tables, run: StoreRunner): PredictionStore {
  return {
    async append(predictions) {
      const records = requireBatch(predictions, 'predictions', requireRecordedPrediction);
      return run(() => records.map((record) => appendOne(tables, record)));
    },

    async resolve(resolutions) {
      const requests = requireBatch(resolutions, 'resolutions', requireOutcomeResolution<OutcomeResolution>);
      return run(() => requests.map((request) => resolveOne(tables, request)));
    },

    async record(request) {
      const { predictions, resolutions } = requireRecordRequest(request);
      return run(() => {
        const added = predictions.map((record) => appendOne(tables, record));
        const resolved = resolutions.map((resolution) => {
          const { status, outcome } = resolveOne(tables, resolution);
          return { status, sequence: outcome.sequence };
        });
        return { added, resolved };
      });
    },

    async get(ids) {
      const keys = requireBatch(ids, 'ids', (id) => requireKey(id, 'prediction id'));
      return run(() => keys.map((id) => track(tables, tables.predictions.get(id))));
    },

    async findByDecision(decisionId) {
      requireKey(decisionId, 'decisionId');
      return run(() =>
        [...tables.predictionIdsByDecision.get(decisionId)].sort(compareText).map((id) => tracked(tables, id)),
      );
    },

    async recentOutcomes(query) {
      const { limit, afterSequence = 0, ...rest } = requireOutcomeQuery(query);
      return run(() => {
        const places = tables.outcomePlaces.get(outcomeListKey(rest));
        const start = Math.max(firstAfter(places, afterSequence), places.length - limit);
        return places.slice(start).map(({ predictionId }) => resolved(tables, predictionId));
      });
    },

    async outcomesAfter(query) {
      const { limit, afterSequence = 0, ...rest } = requireOutcomeQuery(query);
      return run(() => {
        const places = tables.outcomePlaces.get(outcomeListKey(rest));
        const start = firstAfter(places, afterSequence);
        return places.slice(start, start + limit).map(({ predictionId }) => resolved(tables, predictionId));
      });
    },

    async removeBefore(request) {
      const wanted = requireRemovalRequest(request);
      return run(() => removeBefore(tables, wanted));
    },

    async list(filter, page) {
      const wanted = requirePredictionFilter(filter);
      const read = sortedPage<TrackedPrediction>(
        ['predictions', { ...wanted }],
        [
          { of: (row) => row.predictedAt, type: 'number' },
          { of: (row) => row.id, type: 'string' },
        ],
        page,
      );
      return run(() => read(select(tables, wanted)));
    },
  };
}

function appendOne(tables: Tables, record: RecordedPrediction): boolean {
  const known = tables.predictions.get(record.id);
  if (known !== undefined) {
    if (samePrediction(known, record)) return false;
    throw predictionConflict(known, record);
  }
  const horizon = tables.removalHorizon.get(HORIZON) ?? 0;
  if (record.predictedAt < horizon) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `prediction '${record.id}' must be made at or after ${horizon}, before which predictions were removed; ` +
        `got ${record.predictedAt}`,
    );
  }
  tables.predictions.set(record.id, deepFreeze(record));
  tables.predictionIdsByDecision.push(record.decisionId, record.id);
  addPrediction(tables, record);
  return true;
}

function removeBefore(tables: Tables, { predictedBefore, openDueBefore, limit }: RemovalRequest): RemovalReceipt {
  const old: RecordedPrediction[] = [];
  let horizon = tables.removalHorizon.get(HORIZON) ?? 0;
  for (const prediction of tables.predictions.values()) {
    const { id, predictedAt, dueAt = predictedAt } = prediction;
    const outcome = tables.outcomes.get(id);
    const mayGo = outcome === undefined ? dueAt < openDueBefore : outcome.recordedAt < predictedBefore;
    // Just after the newest that may go: a time far ahead shuts out nobody who has yet to come.
    if (predictedAt < predictedBefore) horizon = Math.max(horizon, predictedAt + 1);
    if (predictedAt < predictedBefore && mayGo) old.push(prediction);
  }
  tables.removalHorizon.set(HORIZON, horizon);
  old.sort((a, b) => compareText(a.role, b.role) || a.predictedAt - b.predictedAt);
  const removed = old.slice(0, limit);
  for (const prediction of removed) forget(tables, prediction);
  return { removed: removed.length, complete: removed.length < limit };
}

function forget(tables: Tables, { id, decisionId, modelVersionId, role, symbol }: RecordedPrediction): void {
  tables.predictions.delete(id);
  tables.predictionIdsByDecision.keepOnly(decisionId, (other) => other !== id);
  if (!tables.outcomes.has(id)) return;
  tables.outcomes.delete(id);
  for (const key of [outcomeListKey({ modelVersionId, role }), outcomeListKey({ modelVersionId, role, symbol })]) {
    tables.outcomePlaces.keepOnly(key, ({ predictionId }) => predictionId !== id);
  }
}

function resolveOne(tables: Tables, request: OutcomeResolution): ResolutionResult {
  const { predictionId } = request;
  const prediction = tables.predictions.get(predictionId);
  if (prediction === undefined) throw new NotFoundError(`prediction '${predictionId}' must be stored; there is none`);
  const stored = tables.outcomes.get(predictionId);
  const last = tables.lastOutcomeSequences.get(prediction.modelVersionId) ?? 0;
  const { status, outcome } = decideResolution(prediction, stored, request, () => last + 1);
  if (status === 'unchanged') return { predictionId, status, outcome };

  tables.outcomes.set(predictionId, deepFreeze(outcome));
  if (stored !== undefined) {
    removeOutcome(tables, prediction, stored);
    addOutcome(tables, prediction, outcome);
    return { predictionId, status, outcome, replaced: stored };
  }
  const { modelVersionId, role, symbol } = prediction;
  const place: OutcomePlace = { sequence: outcome.sequence, predictionId };
  tables.lastOutcomeSequences.set(modelVersionId, outcome.sequence);
  tables.outcomePlaces.push(outcomeListKey({ modelVersionId, role }), place);
  tables.outcomePlaces.push(outcomeListKey({ modelVersionId, role, symbol }), place);
  addOutcome(tables, prediction, outcome);
  return { predictionId, status, outcome };
}

function outcomeListKey({
  modelVersionId,
  role,
  symbol,
}: Pick<OutcomeQuery, 'modelVersionId' | 'role' | 'symbol'>): string {
  return keyOf(modelVersionId, role, symbol ?? null);
}

/** Index of the first place with a greater sequence, by bisection. */
function firstAfter(places: readonly OutcomePlace[], sequence: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]!.sequence > sequence) high = middle;
    else low = middle + 1;
  }
  return low;
}

function* select(tables: Tables, filter: PredictionFilter): Iterable<TrackedPrediction> {
  const { predictedFrom = -Infinity, predictedTo = Infinity, resolved: wantsOutcome, ...equal } = filter;
  for (const prediction of tables.predictions.values()) {
    if (prediction.predictedAt < predictedFrom || prediction.predictedAt >= predictedTo) continue;
    if (wantsOutcome !== undefined && tables.outcomes.has(prediction.id) !== wantsOutcome) continue;
    if (matches(prediction, equal)) yield track(tables, prediction)!;
  }
}

function tracked(tables: Tables, id: string): TrackedPrediction {
  return track(tables, tables.predictions.get(id))!;
}

function resolved(tables: Tables, id: string): ResolvedPrediction {
  return Object.freeze({ ...tables.predictions.get(id)!, outcome: tables.outcomes.get(id)! });
}

function track(tables: Tables, prediction: RecordedPrediction | undefined): TrackedPrediction | undefined {
  if (prediction === undefined) return undefined;
  const outcome = tables.outcomes.get(prediction.id);
  return outcome === undefined ? prediction : Object.freeze({ ...prediction, outcome });
}
