import type { OptimizationDirection } from '@mlperf/core';
import { valueText } from './trial-text.ts';

export interface ScoreRange {
  readonly low: number;
  readonly high: number;
  /** Says how many scores lie beyond, on the edge of the chart; absent when none does. */
  readonly note?: string;
}

/** Times the distance between the quartiles; beyond, one score would press all others into a line. */
const FAR = 8;

/**
 * The range of scores a chart shows. A few may be worse by orders of magnitude, such as the log loss of a model that
 * was sure and wrong: those far beyond the quartiles on the worse side are drawn on the edge. The best is never cut.
 * @param values - At least one, finite.
 * @remarks O(n log n).
 */
export function scoreRange(values: readonly number[], direction: OptimizationDirection): ScoreRange {
  const sorted = Float64Array.from(values).sort();
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const reach = FAR * (quantile(0.75) - quantile(0.25));
  const least = sorted[0]!;
  const most = sorted.at(-1)!;
  // Without a spread there is nothing to measure far by.
  const low = direction === 'maximize' && reach > 0 ? Math.max(least, quantile(0.25) - reach) : least;
  const high = direction === 'minimize' && reach > 0 ? Math.min(most, quantile(0.75) + reach) : most;
  const beyond = values.filter((value) => value < low || value > high).length;
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.06 || 1;
  const range = { low: low - margin, high: high + margin };
  if (beyond === 0) return range;
  const edge = valueText(direction === 'maximize' ? low : high);
  return { ...range, note: `${beyond} worse than ${edge} on the edge` };
}
