import { type Dataset, InvalidInputError, type JsonObject } from '@mlperf/core';
import { medianLabelSpan } from './label-span.ts';
import { purgedFold } from './purged-fold.ts';
import { requireCount } from './require-count.ts';
import { requireEmbargo } from './require-embargo.ts';
import { requireLabelSpans } from './require-label-spans.ts';
import type { Fold, Splitter } from './splitter.ts';
import { distinctTimes, rowsOfTimeBlocks } from './time-blocks.ts';

export interface CombinatorialPurgedOptions {
  /** Blocks the times are cut into; whole, at least 3, default 6. */
  readonly nFolds?: number;
  /** Blocks tested together; whole, at least 2 and below `nFolds`, default 2. */
  readonly nTestFolds?: number;
  /** Time after each test block, from its last label's end, in which no training row may start. Default: the median label span. */
  readonly embargoMs?: number;
}

/** A piece of a path: these test rows, as the model of this split answers them. */
export interface PathSegment {
  /** Index into `split(dataset)`. */
  readonly split: number;
  /** Ascending; rows of one block. */
  readonly rows: Uint32Array;
}

/** Each split is a fit per trial. */
const MOST_SPLITS = 10_000;

/**
 * Combinatorial purged cross-validation: the times are cut into N blocks, every choice of k of them is tested together
 * and trained on the rest, purged on label ends with an embargo after each test block. The tests recombine into several
 * full histories, the paths, so that a score comes with its spread.
 *
 *   splits C(N, k) in lexicographic order; paths C(N, k)·k / N; with T times, block b < N begins at time b·⌊T/N⌋ and the
 *   last block takes what is left
 *   row i trains ⇔ for every test row j: labelEndsAtᵢ < timestampⱼ or timestampᵢ > labelEndsAtⱼ + embargo
 *
 * With one row per time, labels of p steps and an embargo of e steps, the splits and paths are those of skfolio's
 * `CombinatorialPurgedCV(purged_size=p, embargo_size=e)`.
 *
 * @remarks O(splits · rows · log rows). Each row is tested in C(N − 1, k − 1) splits, once on each path.
 * @see López de Prado (2018), Advances in Financial Machine Learning, chapter 12
 * @example
 * const splitter = new CombinatorialPurged({ nFolds: 6, nTestFolds: 2 }); // 15 splits, 5 paths
 * splitter.paths(dataset)[0]; // six segments that together test every row once
 */
export class CombinatorialPurged implements Splitter {
  readonly name = 'combinatorial-purged';
  readonly settings: JsonObject;
  readonly #nFolds: number;
  readonly #embargoMs: number | undefined;
  /** The blocks each split tests, ascending. */
  readonly #choices: readonly (readonly number[])[];

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`, also above 10,000 splits. */
  constructor({ nFolds = 6, nTestFolds = 2, embargoMs }: CombinatorialPurgedOptions = {}) {
    requireCount(nFolds, 'nFolds', 3);
    requireCount(nTestFolds, 'nTestFolds', 2);
    requireEmbargo(embargoMs);
    if (nTestFolds >= nFolds) {
      throw new InvalidInputError('OUT_OF_RANGE', `nTestFolds must be below nFolds, ${nFolds}; got ${nTestFolds}`);
    }
    const splits = combinations(nFolds, nTestFolds);
    if (splits > MOST_SPLITS) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `nFolds and nTestFolds must make at most ${MOST_SPLITS} splits; got ${splits} of ${nTestFolds} among ${nFolds}`,
      );
    }
    this.#nFolds = nFolds;
    this.#embargoMs = embargoMs;
    this.#choices = choicesOf(nFolds, nTestFolds);
    this.settings = { nFolds, nTestFolds, ...(embargoMs === undefined ? {} : { embargoMs }) };
  }

  /** C(N, k). */
  get splitCount(): number {
    return this.#choices.length;
  }

  /** C(N, k)·k / N. */
  get pathCount(): number {
    return (this.splitCount * this.#choices[0]!.length) / this.#nFolds;
  }

  /**
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` when there are more blocks than times, or purge and embargo leave a
   * split nothing to train on; `UNSORTED`; what else {@link requireLabelSpans} throws.
   */
  split(dataset: Dataset): readonly Fold[] {
    const blocks = this.#blocks(dataset);
    const embargoMs = this.#embargoMs ?? medianLabelSpan(dataset);
    return this.#choices.map((choice, split) => {
      const test = new Uint32Array(choice.reduce((sum, block) => sum + blocks[block]!.length, 0));
      let at = 0;
      for (const block of choice) {
        test.set(blocks[block]!, at);
        at += blocks[block]!.length;
      }
      return purgedFold(dataset, test.sort(), embargoMs, `split ${split + 1} of ${this.splitCount}`);
    });
  }

  /**
   * The paths: for each, one segment per block in order of time. Path p takes block b from the p-th split that tests it.
   * @throws as {@link CombinatorialPurged.split}, but for the purge.
   */
  paths(dataset: Dataset): readonly (readonly PathSegment[])[] {
    const blocks = this.#blocks(dataset);
    const testing = blocks.map((_, block) =>
      [...this.#choices.keys()].filter((s) => this.#choices[s]!.includes(block)),
    );
    return Array.from({ length: this.pathCount }, (_, path) =>
      blocks.map((rows, block) => ({ split: testing[block]![path]!, rows })),
    );
  }

  #blocks(dataset: Dataset): readonly Uint32Array[] {
    requireLabelSpans(dataset);
    const times = distinctTimes(dataset.timestamps).length;
    if (this.#nFolds > times) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `${this.#nFolds} folds need at least ${this.#nFolds} distinct times; got ${times}`,
      );
    }
    const size = Math.floor(times / this.#nFolds);
    return rowsOfTimeBlocks(
      dataset.timestamps,
      Array.from({ length: this.#nFolds }, (_, block) => block * size),
    );
  }
}

function combinations(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) count = Math.round((count * (n - i + 1)) / i);
  return count;
}

/** All k of 0 … n − 1, each ascending, in lexicographic order. */
function choicesOf(n: number, k: number, from = 0): readonly (readonly number[])[] {
  if (k === 0) return [[]];
  const choices: number[][] = [];
  for (let first = from; first <= n - k; first++) {
    for (const rest of choicesOf(n, k - 1, first + 1)) choices.push([first, ...rest]);
  }
  return choices;
}
