import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';

/** Times one second apart, labels known `horizon` seconds later. */
export function spansOnly(rows: number, horizon = 0): Pick<Dataset, 'timestamps' | 'labelEndsAt'> {
  const timestamps = Float64Array.from({ length: rows }, (_, i) => i * 1_000);
  return { timestamps, labelEndsAt: timestamps.map((at) => at + horizon * 1_000) };
}

/** A series whose direction follows its first feature three times out of four; the second feature is noise. */
export function aSeries(rows: number, { horizon = 1, seed = 'series' } = {}): Dataset {
  const random = keyedRandom(seed);
  const features = Array.from({ length: rows }, () => [random.next() * 2 - 1, random.next() * 2 - 1]);
  return createDataset({
    features,
    featureNames: ['signal', 'noise'],
    targets: features.map(([signal]) => (signal! > 0 === random.next() < 0.75 ? 1 : 0)),
    classes: ['down', 'up'],
    ...spansOnly(rows, horizon),
  });
}
