import type { ResolvedPrediction } from '@mlperf/core';
import type { PredictionTable } from '../schema.ts';
import { PREDICTION_COLUMNS, toResolvedPrediction } from '../stores/prediction-rows.ts';
import type { Writable } from '../writable.ts';

/**
 * Rows of predictions on their way, column by column in the order of `PREDICTION_COLUMNS`: two dozen lists of plain values
 * cross a thread in a quarter of the time that a thousand records take.
 */
export type PackedOutcomes = readonly (readonly (string | number | null)[])[];

export function packOutcomes(rows: readonly PredictionTable[]): PackedOutcomes {
  return PREDICTION_COLUMNS.map((column) => rows.map((row) => row[column]));
}

/** The predictions as the port gives them. @param packed - Rows that all have an outcome. */
export function unpackOutcomes(packed: PackedOutcomes): readonly ResolvedPrediction[] {
  const count = packed[0]!.length;
  const predictions: ResolvedPrediction[] = [];
  // One object for all rows: none of it is kept.
  const row: Partial<Writable<Record<keyof PredictionTable, string | number | null>>> = {};
  for (let i = 0; i < count; i++) {
    for (const [c, column] of PREDICTION_COLUMNS.entries()) row[column] = packed[c]![i]!;
    predictions.push(toResolvedPrediction(row as PredictionTable));
  }
  return predictions;
}
