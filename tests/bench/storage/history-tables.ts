import { OutcomeAggregate, observationOf, type ResolvedPrediction, RollupSum } from '@mlperf/core';
import { encodeAggregate } from '@mlperf/storage-sql';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The spans that roll-ups are summed up in: as the schema says, made here another way than the stores make them. */
const SPANS = [
  { level: 1, lengthMs: DAY_MS, bySegment: false },
  { level: 2, lengthMs: DAY_MS, bySegment: true },
  { level: 3, lengthMs: 16 * DAY_MS, bySegment: true },
] as const;
/** Outcomes of a stored window. */
const WINDOW = 50;

export type TableRow = readonly (string | number | null)[];

/** A table, its columns, and how to make a row. */
export const PREDICTION_COLUMNS = [
  ...['id', 'decision_id', 'role', 'model_name', 'model_version_id', 'symbol', 'predicted_at', 'due_at', 'direction'],
  ...['confidence', 'probabilities', 'reference_price', 'recorded_at', 'sequence', 'observed_at', 'outcome_price'],
  ...['outcome_direction', 'correct', 'market_return', 'net_return', 'outcome_recorded_at'],
] as const;

export function predictionRow(row: ResolvedPrediction): TableRow {
  const { outcome } = row;
  return [
    ...[row.id, row.decisionId, row.role, row.modelName ?? null, row.modelVersionId, row.symbol, row.predictedAt],
    ...[row.dueAt ?? null, row.direction, row.confidence, JSON.stringify(row.probabilities)],
    ...[row.referencePrice ?? null, row.recordedAt, outcome.sequence, outcome.observedAt, outcome.price ?? null],
    ...[outcome.direction, outcome.correct ? 1 : 0, outcome.marketReturn ?? null, outcome.netReturn ?? null],
    outcome.recordedAt,
  ];
}

interface Hour {
  readonly key: readonly [string, string, string, string, number];
  readonly sums: OutcomeAggregate;
  count: number;
}

/** Everything but the predictions themselves that a store of them holds. */
export class HistoryTables {
  readonly #hours = new Map<string, Hour>();
  readonly #sequences = new Map<string, number>();
  readonly #windows: TableRow[] = [];
  #window: ResolvedPrediction[] = [];

  add(row: ResolvedPrediction): void {
    const { modelVersionId, modelName = '', role, symbol, predictedAt } = row;
    const hourStartAt = Math.floor(predictedAt / HOUR_MS) * HOUR_MS;
    const name = `${modelVersionId} ${role} ${symbol} ${hourStartAt}`;
    let hour = this.#hours.get(name);
    if (hour === undefined) {
      hour = { key: [modelVersionId, modelName, role, symbol, hourStartAt], sums: new OutcomeAggregate(), count: 0 };
      this.#hours.set(name, hour);
    }
    hour.sums.add(observationOf(row, row.outcome));
    hour.count++;
    this.#sequences.set(modelVersionId, row.outcome.sequence);
    if (role === 'live') this.#addToWindow(row);
  }

  get windows(): readonly TableRow[] {
    return this.#windows;
  }

  sequences(): readonly TableRow[] {
    return [...this.#sequences].map(([versionId, sequence]) => [`outcomes of ${versionId}`, sequence]);
  }

  hours(): readonly TableRow[] {
    return [...this.#hours.values()].map(({ key, sums, count }) => [...key, count, encodeAggregate(sums)]);
  }

  spans(): readonly TableRow[] {
    const spans = new Map<string, { readonly key: TableRow; readonly sum: RollupSum }>();
    for (const { key, sums, count } of this.#hours.values()) {
      const [modelVersionId, modelName, role, symbol, hourStartAt] = key;
      const outcomes = sums.toJSON();
      for (const { level, lengthMs, bySegment } of SPANS) {
        const startAt = Math.floor(hourStartAt / lengthMs) * lengthMs;
        const segment = bySegment ? symbol : '';
        const name = `${modelVersionId} ${role} ${segment} ${level} ${startAt}`;
        let span = spans.get(name);
        if (span === undefined) {
          span = { key: [modelVersionId, modelName, role, level, startAt, segment], sum: new RollupSum() };
          spans.set(name, span);
        }
        span.sum.add({ predictionsCount: count, outcomes });
      }
    }
    return [...spans.values()].map(({ key, sum }) => [...key, sum.predictionsCount, encodeAggregate(sum.aggregate)]);
  }

  #addToWindow(row: ResolvedPrediction): void {
    const first = this.#window[0];
    if (first !== undefined && first.modelVersionId !== row.modelVersionId) this.#window = [];
    this.#window.push(row);
    if (this.#window.length < WINDOW) return;
    const rows = this.#window;
    const correct = rows.filter(({ outcome }) => outcome.correct).length;
    const { modelVersionId, outcome } = row;
    const record = {
      modelVersionId,
      windowSize: WINDOW,
      predictionsCount: WINDOW,
      correctPredictions: correct,
      accuracy: correct / WINDOW,
      confidenceAvg: rows.reduce((sum, { confidence }) => sum + confidence, 0) / WINDOW,
      startTime: rows[0]!.outcome.observedAt,
      endTime: outcome.observedAt,
      metrics: { accuracy: correct / WINDOW },
      lastSequence: outcome.sequence,
    };
    this.#windows.push([modelVersionId, '', WINDOW, outcome.sequence, JSON.stringify(record)]);
    this.#window = [];
  }
}

/** The columns of each, in the order of its rows. */
export const TABLE_COLUMNS = {
  outcome_rollups: [
    ...['model_version_id', 'model_name', 'role', 'segment', 'hour_start_at', 'predictions_count', 'outcomes'],
  ],
  outcome_spans: [
    ...['model_version_id', 'model_name', 'role', 'level', 'span_start_at', 'segment', 'predictions_count', 'outcomes'],
  ],
  performance_windows: ['model_version_id', 'segment', 'window_size', 'last_sequence', 'record'],
  sequence_counters: ['name', 'value'],
} as const;
