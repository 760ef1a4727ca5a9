import type { Dataset } from '@mlperf/core';

/** Something that happens in a replay: a row is to be predicted, or its label is known. */
export interface ReplayMoment {
  readonly at: number;
  readonly kind: 'label' | 'row';
  readonly row: number;
}

/**
 * The rows of a history from one time on, as they come and as they are resolved, in the order of time. What is known at a
 * time comes before what is asked then; rows of one time come in the order of the dataset.
 *
 * @param from - Rows with a timestamp at or after it.
 */
export function* replayMoments(history: Dataset, from: number): Generator<ReplayMoment> {
  const { timestamps, labelEndsAt } = history;
  const rows = Uint32Array.from(timestamps.keys()).filter((row) => timestamps[row]! >= from);
  const asked = Uint32Array.from(rows).sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
  const known = Uint32Array.from(rows).sort((a, b) => labelEndsAt[a]! - labelEndsAt[b]! || a - b);
  let next = 0;
  for (const row of known) {
    const at = labelEndsAt[row]!;
    while (next < asked.length && timestamps[asked[next]!]! < at) yield moment('row', timestamps, asked[next++]!);
    // A label that is known as soon as its row comes still follows it.
    while (next < asked.length && timestamps[row]! === at && timestamps[asked[next]!]! <= at) {
      yield moment('row', timestamps, asked[next++]!);
    }
    yield moment('label', labelEndsAt, row);
  }
}

function moment(kind: ReplayMoment['kind'], times: Float64Array, row: number): ReplayMoment {
  return { at: times[row]!, kind, row };
}
