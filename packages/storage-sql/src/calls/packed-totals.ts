import { AGGREGATE_LENGTH, OutcomeAggregate, type RollupTotal, type RollupTotals } from '@mlperf/core';
import { mergeStored } from '../aggregate-text.ts';

/** The sums of one grouping, in a few pieces: as objects they would take longer to cross a thread than to read. */
export interface PackedSums<Key extends string | number> {
  readonly keys: readonly Key[];
  readonly predictions: readonly number[];
  /** The numbers of one aggregate after the other. */
  readonly outcomes: Float64Array;
}

/** `RollupTotals` on their way. */
export interface PackedTotals {
  readonly versions: PackedSums<string>;
  readonly segments: PackedSums<string>;
  readonly days: PackedSums<number>;
}

/** A row of sums as stored. */
interface SumRow {
  readonly predictions_count: number;
  readonly outcomes: string;
}

/** One sum for each key given. */
export class StoredSumsByKey<Key extends string | number> {
  readonly #sums = new Map<Key, { predictions: number; readonly outcomes: OutcomeAggregate }>();

  /** @throws as `mergeStored`. */
  add(key: Key, row: SumRow): void {
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { predictions: 0, outcomes: new OutcomeAggregate() };
      this.#sums.set(key, sum);
    }
    sum.predictions += row.predictions_count;
    mergeStored(sum.outcomes, row.outcomes);
  }

  /** In the order of `compare`. */
  pack(compare: (a: Key, b: Key) => number): PackedSums<Key> {
    const keys = [...this.#sums.keys()].sort(compare);
    const outcomes = new Float64Array(keys.length * AGGREGATE_LENGTH);
    const predictions = keys.map((key, i) => {
      const sum = this.#sums.get(key)!;
      sum.outcomes.copyTo(outcomes, i * AGGREGATE_LENGTH);
      return sum.predictions;
    });
    return { keys, predictions, outcomes };
  }
}

/** The totals as the port gives them. */
export function unpackTotals({ versions, segments, days }: PackedTotals): RollupTotals {
  return {
    versions: unpackSums(versions, (modelVersionId, total) => ({ modelVersionId, ...total })),
    segments: unpackSums(segments, (segment, total) => ({ segment, ...total })),
    days: unpackSums(days, (dayStartAt, total) => ({ dayStartAt, ...total })),
  };
}

function unpackSums<Key extends string | number, T>(
  { keys, predictions, outcomes }: PackedSums<Key>,
  build: (key: Key, total: RollupTotal) => T,
): readonly T[] {
  return keys.map((key, i) => {
    const aggregate = new OutcomeAggregate();
    aggregate.mergeNumbers(outcomes, i * AGGREGATE_LENGTH);
    return build(key, { predictionsCount: predictions[i]!, outcomes: aggregate.toJSON() });
  });
}
