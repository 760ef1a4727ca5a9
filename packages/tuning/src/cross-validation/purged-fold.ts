import { type Dataset, InvalidInputError, purgeTrainingRows } from '@mlperf/core';
import type { Fold } from './splitter.ts';

/**
 * One split whose test rows lie anywhere in time, with every other row that may be trained on.
 *
 *   row i trains ⇔ for every test row j: labelEndsAtᵢ < timestampⱼ or timestampᵢ > labelEndsAtⱼ + embargo
 *
 * So it is purged when its label ends at or after the first test timestamp it precedes, or its span meets a test span at
 * all; the embargo drops rows that start within e after a test block, counted from its last label's end.
 *
 * @param test - Ascending. @param what - Names the fold in messages.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` when no training row is left.
 * @remarks O(rows · log rows).
 * @see López de Prado (2018), Advances in Financial Machine Learning, section 7.4
 */
export function purgedFold(dataset: Dataset, test: Uint32Array, embargoMs: number, what: string): Fold {
  const { timestamps } = dataset;
  const tested = new Uint8Array(timestamps.length);
  for (const row of test) tested[row] = 1;
  const others = new Uint32Array(timestamps.length - test.length);
  let count = 0;
  for (let row = 0; row < timestamps.length; row++) if (tested[row] === 0) others[count++] = row;
  // An embargo after the test is a test label that lives longer.
  const labelEndsAt = dataset.labelEndsAt.slice();
  for (const row of test) labelEndsAt[row] = labelEndsAt[row]! + embargoMs;
  const train = purgeTrainingRows({ timestamps, labelEndsAt }, others, test);
  if (train.length === 0) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${what} must keep a training row after the purge and an embargo of ${embargoMs} ms; got none of ${others.length}`,
    );
  }
  return { train, test };
}
