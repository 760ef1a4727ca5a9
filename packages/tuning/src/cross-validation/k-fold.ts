import { type Dataset, InvalidInputError, type JsonObject } from '@mlperf/core';
import { purgedFold } from './purged-fold.ts';
import { requireCount } from './require-count.ts';
import { requireLabelSpans } from './require-label-spans.ts';
import type { Fold, Splitter } from './splitter.ts';

export interface KFoldOptions {
  /** Folds; whole, at least 2, default 5. */
  readonly nSplits?: number;
}

/**
 * K-fold on row numbers: consecutive blocks, each tested once and trained on the others. It trains on what comes after
 * the test too, so it suits rows without a memory; for time series use {@link PurgedKFold} or walk-forward.
 *
 *   of n rows, the first n mod k blocks have ⌈n/k⌉ rows, the others ⌊n/k⌋; nothing is shuffled
 *
 * Training rows whose label span meets a test span are purged. Without overlap the folds are those of scikit-learn's
 * `KFold(shuffle=False)`.
 *
 * @remarks O(nSplits · rows · log rows).
 * @example new KFold({ nSplits: 5 }).split(dataset);
 */
export class KFold implements Splitter {
  readonly name = 'k-fold';
  readonly settings: JsonObject;
  readonly #nSplits: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ nSplits = 5 }: KFoldOptions = {}) {
    requireCount(nSplits, 'nSplits', 2);
    this.#nSplits = nSplits;
    this.settings = { nSplits };
  }

  /**
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` when there are more folds than rows, or the purge leaves a fold
   * nothing to train on; `UNSORTED`; what else {@link requireLabelSpans} throws.
   */
  split(dataset: Dataset): readonly Fold[] {
    requireLabelSpans(dataset);
    const rows = dataset.timestamps.length;
    const starts = blockStarts(rows, this.#nSplits, 'rows');
    return starts.map((start, k) => {
      const test = Uint32Array.from({ length: (starts[k + 1] ?? rows) - start }, (_, i) => start + i);
      return purgedFold(dataset, test, 0, `fold ${k + 1} of ${this.#nSplits}`);
    });
  }
}

/**
 * Where each of k blocks of n things begins, the first n mod k one longer than the others.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for more blocks than things.
 */
export function blockStarts(n: number, blocks: number, things: string): readonly number[] {
  if (blocks > n) {
    throw new InvalidInputError('OUT_OF_RANGE', `${blocks} folds need at least ${blocks} ${things}; got ${n}`);
  }
  const size = Math.floor(n / blocks);
  return Array.from({ length: blocks }, (_, b) => b * size + Math.min(b, n % blocks));
}
