import type { Dataset, JsonObject } from '@mlperf/core';
import { blockStarts } from './k-fold.ts';
import { medianLabelSpan } from './label-span.ts';
import { purgedFold } from './purged-fold.ts';
import { requireCount } from './require-count.ts';
import { requireEmbargo } from './require-embargo.ts';
import { requireLabelSpans } from './require-label-spans.ts';
import type { Fold, Splitter } from './splitter.ts';
import { distinctTimes, rowsOfTimeBlocks } from './time-blocks.ts';

export interface PurgedKFoldOptions {
  /** Folds; whole, at least 2, default 5. */
  readonly nSplits?: number;
  /** Time after a test block, from its last label's end, in which no training row may start. Default: the median label span. */
  readonly embargoMs?: number;
}

/**
 * K-fold in time: consecutive blocks of distinct times, each tested once and trained on what is before and after it,
 * purged on label ends, with an embargo after the block.
 *
 *   row i trains ⇔ for every test row j: labelEndsAtᵢ < timestampⱼ or timestampᵢ > labelEndsAtⱼ + embargo
 *
 * All groups are cut at the same times. Each row is tested exactly once; unlike walk-forward it trains on the future of
 * its test, so it says how well a model fits the period, not how it would have done live.
 *
 * @remarks O(nSplits · rows · log rows). With one row per time and no overlap, the test blocks are `KFold`'s.
 * @see López de Prado (2018), Advances in Financial Machine Learning, section 7.4; the embargo there is a share of the
 * rows, here a time.
 * @example new PurgedKFold({ nSplits: 5, embargoMs: 3_600_000 }).split(dataset);
 */
export class PurgedKFold implements Splitter {
  readonly name = 'purged-k-fold';
  readonly settings: JsonObject;
  readonly #nSplits: number;
  readonly #embargoMs: number | undefined;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ nSplits = 5, embargoMs }: PurgedKFoldOptions = {}) {
    requireCount(nSplits, 'nSplits', 2);
    requireEmbargo(embargoMs);
    this.#nSplits = nSplits;
    this.#embargoMs = embargoMs;
    this.settings = { nSplits, ...(embargoMs === undefined ? {} : { embargoMs }) };
  }

  /**
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` when there are more folds than times, or purge and embargo leave a
   * fold nothing to train on; `UNSORTED`; what else {@link requireLabelSpans} throws.
   */
  split(dataset: Dataset): readonly Fold[] {
    requireLabelSpans(dataset);
    const embargoMs = this.#embargoMs ?? medianLabelSpan(dataset);
    const starts = blockStarts(distinctTimes(dataset.timestamps).length, this.#nSplits, 'distinct times');
    return rowsOfTimeBlocks(dataset.timestamps, starts).map((test, k) =>
      purgedFold(dataset, test, embargoMs, `fold ${k + 1} of ${this.#nSplits}`),
    );
  }
}
