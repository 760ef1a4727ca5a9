import { type Dataset, InvalidInputError, type JsonObject, purgeTrainingRows } from '@mlperf/core';
import { medianLabelSpan } from './label-span.ts';
import { mostRecentRows } from './recent-rows.ts';
import { requireCount } from './require-count.ts';
import { requireEmbargo } from './require-embargo.ts';
import { requireLabelSpans } from './require-label-spans.ts';
import type { Fold, Splitter } from './splitter.ts';
import { distinctTimes, rowsWhere } from './time-blocks.ts';

export interface PurgedWalkForwardOptions {
  /** Folds; whole, at least 1, default 5. */
  readonly nSplits?: number;
  /** Distinct times in each test block; whole, at least 1. Default ⌊times / (nSplits + 1)⌋. */
  readonly testSize?: number;
  /** Rolling training: at most this many of the newest distinct times. Default: all of the past (expanding). */
  readonly maxTrainSize?: number;
  /** Time left free between the last training label and the test. Default: the dataset's median label span. */
  readonly embargoMs?: number;
  /** A fold with fewer training rows after the purge is refused; whole, at least 1, default 2. */
  readonly minTrainRows?: number;
}

/**
 * Walk-forward validation that no label leaks through: each fold trains on the past of its test block, and only on
 * rows whose label was known before it began.
 *
 *   times t₁ < … < t_T, test size s: fold k tests times T − (n − k)·s + 1 … T − (n − k − 1)·s, k = 0 … n − 1
 *   row i trains fold k ⇔ labelEndsAtᵢ + embargo < first test time (and i is among the newest, when rolling)
 *
 * The cut is in time and goes through all groups at once: the rows of one time, of whatever symbol, are on one side.
 * Nothing is shuffled, and each row is tested at most once. Without overlap and with `embargoMs` = gap · step, the
 * folds are those of scikit-learn's `TimeSeriesSplit`.
 *
 * @remarks O(rows · (log rows + nSplits)).
 * @see López de Prado (2018), Advances in Financial Machine Learning, chapter 7.
 * @example new PurgedWalkForward({ nSplits: 5 }).split(dataset);
 */
export class PurgedWalkForward implements Splitter {
  readonly name = 'purged-walk-forward';
  readonly settings: JsonObject;
  readonly #options: PurgedWalkForwardOptions;
  readonly #nSplits: number;
  readonly #minTrainRows: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor(options: PurgedWalkForwardOptions = {}) {
    const { nSplits = 5, testSize, maxTrainSize, embargoMs, minTrainRows = 2 } = options;
    requireCount(nSplits, 'nSplits');
    requireCount(minTrainRows, 'minTrainRows');
    if (testSize !== undefined) requireCount(testSize, 'testSize');
    if (maxTrainSize !== undefined) requireCount(maxTrainSize, 'maxTrainSize');
    requireEmbargo(embargoMs);
    this.#options = { ...options };
    this.#nSplits = nSplits;
    this.#minTrainRows = minTrainRows;
    this.settings = {
      nSplits,
      minTrainRows,
      ...(testSize === undefined ? {} : { testSize }),
      ...(maxTrainSize === undefined ? {} : { maxTrainSize }),
      ...(embargoMs === undefined ? {} : { embargoMs }),
    };
  }

  /**
   * @throws {@link InvalidInputError} `UNSORTED` | `OUT_OF_RANGE` when there are more folds than times, or a fold is
   * left with fewer than `minTrainRows` rows; what else {@link requireLabelSpans} throws.
   */
  split(dataset: Dataset): readonly Fold[] {
    requireLabelSpans(dataset);
    const times = distinctTimes(dataset.timestamps);
    const testSize = this.#testSize(times.length);
    const embargoMs = this.#options.embargoMs ?? medianLabelSpan(dataset);
    return Array.from({ length: this.#nSplits }, (_, k) => {
      const from = times.length - (this.#nSplits - k) * testSize;
      return this.#fold(dataset, k, times[from]!, times[from + testSize - 1]!, embargoMs);
    });
  }

  #testSize(times: number): number {
    const nSplits = this.#nSplits;
    const testSize = this.#options.testSize ?? Math.floor(times / (nSplits + 1));
    if (testSize < 1 || nSplits * testSize >= times) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${nSplits} folds of ${Math.max(testSize, 1)} test times need more than ${nSplits * Math.max(testSize, 1)} ` +
          `distinct times; got ${times}`,
      );
    }
    return testSize;
  }

  #fold(dataset: Dataset, k: number, firstTest: number, lastTest: number, embargoMs: number): Fold {
    const { timestamps } = dataset;
    const past = rowsWhere(timestamps, (at) => at < firstTest);
    const test = rowsWhere(timestamps, (at) => at >= firstTest && at <= lastTest);
    const known = purgeTrainingRows(dataset, past, test, { embargoMs });
    const train = this.#newest(timestamps, known);
    if (train.length < this.#minTrainRows) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `fold ${k + 1} of ${this.#nSplits} must have ${this.#minTrainRows} training rows whose labels end more than ` +
          `${embargoMs} ms before its test at ${firstTest}; got ${train.length}`,
      );
    }
    return { train, test };
  }

  #newest(timestamps: Float64Array, rows: Uint32Array): Uint32Array {
    const limit = this.#options.maxTrainSize;
    return limit === undefined ? rows : mostRecentRows(timestamps, rows, limit);
  }
}
