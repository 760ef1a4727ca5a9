import { type Dataset, type Direction, type Outcome, selectRows } from '@mlperf/core';
import type { PredictionRequest } from '../../serving/prediction-request.ts';
import { timeOrder } from '../gate/block-length.ts';

/** The rows of a history as a host would hand them over, each when its time has come. */
export class ReplayRows {
  readonly #history: Dataset;
  readonly #order: Uint32Array;
  /** For each row the one before it in its series; −1 for none. */
  readonly #before: Int32Array;

  constructor(history: Dataset) {
    this.#history = history;
    this.#order = Uint32Array.from(timeOrder(history));
    this.#before = new Int32Array(history.timestamps.length).fill(-1);
    const last = new Map<number, number>();
    for (const row of this.#order) {
      const group = history.groups?.[row] ?? 0;
      this.#before[row] = last.get(group) ?? -1;
      last.set(group, row);
    }
  }

  /** Rows whose label is known, the newest `most` of them. @param at - Epoch milliseconds. */
  knownBy(at: number, most = this.#order.length): Dataset {
    const known = this.#order.filter((row) => this.#history.labelEndsAt[row]! <= at);
    return selectRows(this.#history, known.slice(-most).sort());
  }

  idOf(row: number): string {
    return `row-${row}`;
  }

  labelOf(row: number): Direction {
    return this.#history.classes?.[this.#history.targets[row]!] as Direction;
  }

  featuresOf(row: number): Float64Array {
    const { values, columns } = this.#history.features;
    return values.subarray(row * columns, (row + 1) * columns);
  }

  outcomeOf(row: number): Outcome {
    const { labelEndsAt, returns } = this.#history;
    const observedAt = labelEndsAt[row]!;
    return returns === undefined
      ? { observedAt, direction: this.labelOf(row) }
      : { observedAt, price: 1 + returns[row]! };
  }

  requestOf(row: number, lookBack: number): PredictionRequest {
    const { timestamps, labelEndsAt, groups, groupNames, returns } = this.#history;
    const group = groups?.[row] ?? 0;
    return {
      id: this.idOf(row),
      symbol: groupNames?.[group] ?? `series ${group}`,
      features: this.featuresOf(row),
      predictedAt: timestamps[row]!,
      dueAt: labelEndsAt[row]!,
      ...(returns === undefined ? {} : { referencePrice: 1 }),
      ...(lookBack === 0 ? {} : { precedingRows: this.#preceding(row, lookBack) }),
    };
  }

  #preceding(row: number, lookBack: number): Float64Array[] {
    const rows: Float64Array[] = [];
    for (let at = this.#before[row]!; at >= 0 && rows.length < lookBack; at = this.#before[at]!) {
      rows.push(this.featuresOf(at));
    }
    return rows.reverse();
  }
}
