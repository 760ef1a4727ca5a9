import {
  buildDriftReference,
  type FeatureRow,
  keyedRandom,
  type RandomSource,
  StreamingDriftDetector,
} from '@mlperf/core';

export interface RunPlan {
  readonly label: string;
  readonly row: (random: RandomSource) => FeatureRow;
  /** Rows of the stream itself; default those of `row`. */
  readonly streamRow?: (random: RandomSource) => FeatureRow;
  readonly referenceRows: number;
  readonly falseAlarmEvery: number;
  readonly streams: number;
  /** A run this long counts as that long: the mean is then too small, never too large. */
  readonly cap: number;
  /** Uses each of so many rows, in the reference too. Default 1. */
  readonly every?: number;
}

/** Rows to the first alarm, each time with a fresh reference: the promise is about both. */
export function runLengths(plan: RunPlan): readonly number[] {
  const { label, row, streamRow = row, referenceRows, falseAlarmEvery, streams, cap, every = 1 } = plan;
  return Array.from({ length: streams }, (_, stream) => {
    const random = keyedRandom('stream-runs', label, stream);
    let rows: FeatureRow[];
    // A reference in which a feature never occurs does not know that feature.
    do rows = Array.from({ length: referenceRows * every }, () => row(random)).filter((_, i) => i % every === 0);
    while (
      Object.values(rows[0]!).length > 0 &&
      !rows.some((each) => Object.values(each).some((v) => v !== undefined))
    );
    const detector = new StreamingDriftDetector(buildDriftReference(rows), {
      falseAlarmEvery,
      every,
      seed: `ties-${stream}`,
    });
    let length = 1;
    while (length < cap && detector.update(streamRow(random)).length === 0) length++;
    return length;
  });
}
