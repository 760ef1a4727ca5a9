import { type Dataset, InvalidInputError, type JsonObject, purgeTrainingRows } from '@mlperf/core';
import { medianLabelSpan } from '../cross-validation/label-span.ts';
import { requireEmbargo } from '../cross-validation/require-embargo.ts';
import { requireLabelSpans } from '../cross-validation/require-label-spans.ts';
import type { Fold, Splitter } from '../cross-validation/splitter.ts';
import { distinctTimes, rowsWhere } from '../cross-validation/time-blocks.ts';

/** The newest rows, which no trial sees: the choice is scored on them once. */
export interface HoldoutOptions {
  /** Share of the distinct times; above 0, at most 0.5. Two times at least are held out. */
  readonly share: number;
  /** Gap before the holdout in which no row is searched on, after its label's end. Default: the median label span. */
  readonly embargoMs?: number;
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
export function requireHoldout({ share, embargoMs }: HoldoutOptions): HoldoutOptions {
  if (!(share > 0 && share <= 0.5)) {
    throw new InvalidInputError('OUT_OF_RANGE', `holdout.share must be above 0 and at most 0.5; got ${share}`);
  }
  requireEmbargo(embargoMs);
  return { share, ...(embargoMs === undefined ? {} : { embargoMs }) };
}

/**
 * Cuts off the holdout: the rows of the newest times, and of the others those whose labels end more than the embargo
 * before the first of them.
 *
 * @returns `train`: the rows to search and to refit on; `test`: the holdout.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` when nothing is left to search on, or there are fewer than 3 times;
 * what {@link requireLabelSpans} throws.
 */
export function cutHoldout(data: Dataset, { share, embargoMs = medianLabelSpan(data) }: HoldoutOptions): Fold {
  requireLabelSpans(data);
  const times = distinctTimes(data.timestamps);
  const held = Math.max(2, Math.round(times.length * share));
  if (held >= times.length) {
    throw new InvalidInputError('OUT_OF_RANGE', `a holdout needs at least 3 distinct times; got ${times.length}`);
  }
  const first = times[times.length - held]!;
  const test = rowsWhere(data.timestamps, (at) => at >= first);
  const train = purgeTrainingRows(
    data,
    rowsWhere(data.timestamps, (at) => at < first),
    test,
    { embargoMs },
  );
  if (train.length > 0) return { train, test };
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `rows whose labels end more than ${embargoMs} ms before the holdout at ${first} must be left to search on; got none`,
  );
}

/** A splitter of one fold, so that the holdout is prepared and checked as every fold is. */
export function holdoutSplitter(fold: Fold): Splitter {
  const settings: JsonObject = {};
  return { name: 'holdout', settings, split: () => [fold] };
}
