import type {
  ClassProbabilities,
  Direction,
  PredictionRole,
  RecordedPrediction,
  ResolvedPrediction,
  TrackedOutcome,
  TrackedPrediction,
} from '@mlperf/core';
import type { RowValues } from '../batch-statements.ts';
import type { PredictionTable } from '../schema.ts';
import type { Writable } from '../writable.ts';

/** Columns a prediction fills when it is recorded. */
export const RECORDED_COLUMNS = [
  'id',
  'decision_id',
  'role',
  'model_name',
  'model_version_id',
  'symbol',
  'predicted_at',
  'due_at',
  'direction',
  'confidence',
  'probabilities',
  'reference_price',
  'predicted_price',
  'features',
  'recorded_at',
] as const satisfies readonly (keyof PredictionTable)[];

/** Columns that its outcome fills later. */
export const OUTCOME_COLUMNS = [
  'sequence',
  'observed_at',
  'outcome_price',
  'outcome_direction',
  'correct',
  'market_return',
  'net_return',
  'outcome_recorded_at',
  'corrected_at',
] as const satisfies readonly (keyof PredictionTable)[];

export const PREDICTION_COLUMNS = [...RECORDED_COLUMNS, ...OUTCOME_COLUMNS] as const;

export function recordedValues(prediction: RecordedPrediction): RowValues {
  return [
    prediction.id,
    prediction.decisionId,
    prediction.role,
    prediction.modelName ?? null,
    prediction.modelVersionId,
    prediction.symbol,
    prediction.predictedAt,
    prediction.dueAt ?? null,
    prediction.direction,
    prediction.confidence,
    prediction.probabilities === undefined ? null : JSON.stringify(prediction.probabilities),
    prediction.referencePrice ?? null,
    prediction.predictedPrice ?? null,
    prediction.features === undefined ? null : JSON.stringify(prediction.features),
    prediction.recordedAt,
  ];
}

export function outcomeValues(outcome: TrackedOutcome): RowValues {
  return [
    outcome.sequence,
    outcome.observedAt,
    outcome.price ?? null,
    outcome.direction,
    outcome.correct ? 1 : 0,
    outcome.marketReturn ?? null,
    outcome.netReturn ?? null,
    outcome.recordedAt,
    outcome.correctedAt ?? null,
  ];
}

export function toRecordedPrediction(row: PredictionTable): RecordedPrediction {
  const prediction: Writable<RecordedPrediction> = {
    id: row.id,
    decisionId: row.decision_id,
    role: row.role as PredictionRole,
    modelVersionId: row.model_version_id,
    symbol: row.symbol,
    predictedAt: row.predicted_at,
    direction: row.direction as Direction,
    confidence: row.confidence,
    recordedAt: row.recorded_at,
  };
  if (row.model_name !== null) prediction.modelName = row.model_name;
  if (row.due_at !== null) prediction.dueAt = row.due_at;
  if (row.probabilities !== null) prediction.probabilities = JSON.parse(row.probabilities) as ClassProbabilities;
  if (row.reference_price !== null) prediction.referencePrice = row.reference_price;
  if (row.predicted_price !== null) prediction.predictedPrice = row.predicted_price;
  if (row.features !== null) prediction.features = JSON.parse(row.features) as Record<string, number>;
  return prediction;
}

export function toTrackedOutcome(row: PredictionTable): TrackedOutcome | undefined {
  if (row.sequence === null) return undefined;
  const outcome: Writable<TrackedOutcome> = {
    observedAt: row.observed_at!,
    direction: row.outcome_direction as Direction,
    correct: row.correct === 1,
    sequence: row.sequence,
    recordedAt: row.outcome_recorded_at!,
  };
  if (row.outcome_price !== null) outcome.price = row.outcome_price;
  if (row.market_return !== null) outcome.marketReturn = row.market_return;
  if (row.net_return !== null) outcome.netReturn = row.net_return;
  if (row.corrected_at !== null) outcome.correctedAt = row.corrected_at;
  return outcome;
}

export function toTrackedPrediction(row: PredictionTable): TrackedPrediction {
  const outcome = toTrackedOutcome(row);
  const prediction = toRecordedPrediction(row);
  return outcome === undefined ? prediction : { ...prediction, outcome };
}

/** For rows selected by sequence, which all have an outcome. */
export function toResolvedPrediction(row: PredictionTable): ResolvedPrediction {
  return { ...toRecordedPrediction(row), outcome: toTrackedOutcome(row)! };
}
