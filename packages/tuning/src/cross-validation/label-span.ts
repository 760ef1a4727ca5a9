import type { Dataset } from '@mlperf/core';

/** The lower median of labelEndsAt − timestamp, ms: an embargo that is a span that occurs. */
export function medianLabelSpan({ timestamps, labelEndsAt }: Pick<Dataset, 'timestamps' | 'labelEndsAt'>): number {
  const spans = labelEndsAt.map((end, row) => end - timestamps[row]!).sort();
  return spans[Math.floor((spans.length - 1) / 2)] ?? 0;
}
