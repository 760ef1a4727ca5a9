import {
  type JudgedOutcome,
  OutcomeAggregate,
  type OutcomeRollup,
  observationOf,
  type RecordedPrediction,
} from '@mlperf/core';
import { deepFreeze } from './deep-freeze.ts';
import { keyOf, type Tables } from './tables.ts';

export const HOUR_MS = 3_600_000;

/** Start of the hour that holds a time. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

/** Lists the keys of all roll-ups of a version, or of a model name. */
export function rollupListKey(kind: 'version' | 'name', name: string): string {
  return keyOf(kind, name);
}

/** Counts a new prediction, with or without an outcome to come. */
export function addPrediction(tables: Tables, prediction: RecordedPrediction): void {
  const rollup = rollupOf(tables, prediction);
  put(tables, { ...rollup, predictionsCount: rollup.predictionsCount + 1 });
}

export function addOutcome(tables: Tables, prediction: RecordedPrediction, outcome: JudgedOutcome): void {
  change(tables, prediction, (sums) => sums.add(observationOf(prediction, outcome)));
}

/** Takes back an outcome that a correction replaces. */
export function removeOutcome(tables: Tables, prediction: RecordedPrediction, outcome: JudgedOutcome): void {
  change(tables, prediction, (sums) => sums.remove(observationOf(prediction, outcome)));
}

function change(tables: Tables, prediction: RecordedPrediction, apply: (sums: OutcomeAggregate) => void): void {
  const rollup = rollupOf(tables, prediction);
  const sums = OutcomeAggregate.from(rollup.outcomes);
  apply(sums);
  put(tables, { ...rollup, outcomes: sums.toJSON() });
}

function rollupOf(tables: Tables, prediction: RecordedPrediction): OutcomeRollup {
  const { modelVersionId, modelName, symbol, role, predictedAt } = prediction;
  const empty: OutcomeRollup = {
    modelVersionId,
    ...(modelName === undefined ? {} : { modelName }),
    segment: symbol,
    role,
    hourStartAt: hourOf(predictedAt),
    predictionsCount: 0,
    outcomes: new OutcomeAggregate().toJSON(),
  };
  return tables.rollups.get(rollupKey(empty)) ?? empty;
}

function put(tables: Tables, rollup: OutcomeRollup): void {
  const key = rollupKey(rollup);
  if (!tables.rollups.has(key)) {
    tables.rollupKeys.push(rollupListKey('version', rollup.modelVersionId), key);
    if (rollup.modelName !== undefined) tables.rollupKeys.push(rollupListKey('name', rollup.modelName), key);
  }
  tables.rollups.set(key, deepFreeze(rollup));
}

function rollupKey({ modelVersionId, modelName, segment, role, hourStartAt }: OutcomeRollup): string {
  return keyOf(modelVersionId, modelName ?? null, segment, role, hourStartAt);
}
