import { type Dataset, InvalidInputError, requireTimeOrder } from '@mlperf/core';

/**
 * What every splitter asks of the times: a purge on bad spans would keep what it must drop.
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE` for a label that
 * ends before its row | `UNSORTED` within a group.
 * @remarks O(rows).
 */
export function requireLabelSpans(dataset: Dataset): void {
  const { timestamps, labelEndsAt } = dataset;
  if (timestamps.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'a dataset to split must have rows; got 0');
  if (labelEndsAt.length !== timestamps.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `labelEndsAt must have ${timestamps.length} values to match the timestamps; got ${labelEndsAt.length}`,
    );
  }
  for (let row = 0; row < timestamps.length; row++) {
    const from = timestamps[row]!;
    const to = labelEndsAt[row]!;
    if (!Number.isFinite(from) || !Number.isFinite(to)) {
      throw new InvalidInputError('NOT_FINITE', `times of row ${row} must be finite; got ${from} to ${to}`);
    }
    if (to < from) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `labelEndsAt of row ${row} must not be before its timestamp ${from}; got ${to}`,
      );
    }
  }
  requireTimeOrder(dataset);
}
