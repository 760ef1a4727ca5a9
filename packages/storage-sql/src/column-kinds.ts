import type { Database } from './schema.ts';

export type ColumnKind = 'text' | 'integer' | 'real';

/** Tables that are written many rows at a time. */
export type BatchTable =
  | 'predictions'
  | 'prediction_keys'
  | 'outcome_rollups'
  | 'outcome_spans'
  | 'outbox'
  | 'experiment_metrics';

type Kinds = { readonly [T in BatchTable]: { readonly [C in keyof Database[T]]: ColumnKind } };

/** What the columns of those tables hold: an array that stands for a column must say so. */
export const COLUMN_KINDS: Kinds = {
  predictions: {
    id: 'text',
    decision_id: 'text',
    role: 'text',
    model_name: 'text',
    model_version_id: 'text',
    symbol: 'text',
    predicted_at: 'integer',
    due_at: 'integer',
    direction: 'text',
    confidence: 'real',
    probabilities: 'text',
    reference_price: 'real',
    predicted_price: 'real',
    features: 'text',
    recorded_at: 'integer',
    sequence: 'integer',
    observed_at: 'integer',
    outcome_price: 'real',
    outcome_direction: 'text',
    correct: 'integer',
    market_return: 'real',
    net_return: 'real',
    outcome_recorded_at: 'integer',
    corrected_at: 'integer',
  },
  prediction_keys: { id: 'text', predicted_at: 'integer' },
  outcome_rollups: {
    model_version_id: 'text',
    model_name: 'text',
    segment: 'text',
    role: 'text',
    hour_start_at: 'integer',
    predictions_count: 'integer',
    outcomes: 'text',
  },
  outcome_spans: {
    model_version_id: 'text',
    model_name: 'text',
    role: 'text',
    level: 'integer',
    span_start_at: 'integer',
    segment: 'text',
    predictions_count: 'integer',
    outcomes: 'text',
  },
  outbox: { sequence: 'integer', model_name: 'text', type: 'text', payload: 'text', at: 'integer' },
  experiment_metrics: {
    experiment_id: 'text',
    metric: 'text',
    value: 'real',
    model_type: 'text',
    study_id: 'text',
    created_at: 'integer',
  },
};
