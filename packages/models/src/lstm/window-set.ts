import { type Dataset, InvalidInputError, type LookBackWindows } from '@mlperf/core';
import type { LstmBatch, LstmHead, LstmWindows } from './engine.ts';
import { MAX_TOTAL_WEIGHT } from './limits.ts';

/** What the targets become for a network. */
export interface TargetCoding {
  readonly head: LstmHead;
  readonly outputs: number;
  /** Standardisation of a regression's targets; absent for classes. */
  readonly target?: { readonly mean: number; readonly scale: number };
}

/** Windows over one matrix of scaled features, with what each should answer. */
export interface WindowSet {
  readonly count: number;
  readonly features: Float32Array;
  /** Rows of the features in series order; window w starts at `starts[w]`. */
  readonly sequence: Int32Array;
  readonly starts: Int32Array;
  readonly steps: number;
  /** Class index or value of each window's last row. */
  readonly targets: Float64Array;
  /** Of each window's loss; mean 1. */
  readonly weights: Float64Array;
}

/**
 * @param windows - Of the labelled rows, `historyRows` before them.
 * @param rowOf - The row of `features` that is row i of the history, or of the labelled rows.
 * @param rowWeights - One per labelled row; absent: 1.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` without windows, naming what needs them.
 */
export function windowSet(
  subject: string,
  labelled: Dataset,
  windows: LookBackWindows,
  features: Float32Array,
  rowOf: (index: number) => number,
  rowWeights: ArrayLike<number> | undefined,
): WindowSet {
  const count = windows.rows.length;
  if (count === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `${subject} must have a row with the ${windows.lookBack} rows before it in its series; got ${labelled.features.rows} rows and none that has`,
    );
  }
  const weights = Float64Array.from(windows.rows, (row) => rowWeights?.[row] ?? 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0 && sum <= MAX_TOTAL_WEIGHT)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `weights of ${subject} must have a sum above 0 and at most ${MAX_TOTAL_WEIGHT}; got ${sum}`,
    );
  }
  return {
    count,
    features,
    sequence: windows.sequence.map(rowOf),
    starts: windows.starts,
    steps: windows.lookBack + 1,
    targets: Float64Array.from(windows.rows, (row) => labelled.targets[row]!),
    weights: weights.map((weight) => (weight * count) / sum),
  };
}

/** Gathers batches into memory of its own, which the next batch reuses. */
export class BatchGatherer {
  readonly #set: WindowSet;
  readonly #coding: TargetCoding;
  readonly #rows: Int32Array;
  readonly #targets: Float32Array;
  readonly #weights: Float32Array;

  constructor(set: WindowSet, coding: TargetCoding, size: number) {
    this.#set = set;
    this.#coding = coding;
    this.#rows = new Int32Array(size * set.steps);
    this.#targets = new Float32Array(size * coding.outputs);
    this.#weights = new Float32Array(size);
  }

  /** @param order - Windows; those from `from` up to but without `to` are taken. */
  batch(order: ArrayLike<number>, from: number, to: number): LstmBatch {
    const { targets, weights } = this.#set;
    const { outputs, head, target } = this.#coding;
    const windows = this.windows(order, from, to);
    const wanted = this.#targets.subarray(0, (to - from) * outputs).fill(0);
    for (let i = from; i < to; i++) {
      const window = order[i]!;
      const value = targets[window]!;
      this.#weights[i - from] = weights[window]!;
      if (head === 'softmax') wanted[(i - from) * outputs + value] = 1;
      else wanted[i - from] = target === undefined ? value : (value - target.mean) / target.scale;
    }
    return { ...windows, targets: wanted, weights: this.#weights.subarray(0, to - from) };
  }

  windows(order: ArrayLike<number>, from: number, to: number): LstmWindows {
    const { features, sequence, starts, steps } = this.#set;
    for (let i = from; i < to; i++) {
      const start = starts[order[i]!]!;
      this.#rows.set(sequence.subarray(start, start + steps), (i - from) * steps);
    }
    return { features, rows: this.#rows.subarray(0, (to - from) * steps) };
  }
}
