import type { Dataset } from '@mlperf/core';
import { quantileSorted } from 'simple-statistics';
import { labelOverlap, timeOrder } from './block-length.ts';
import type { ScoreKind } from './row-scores.ts';

/** Gains beyond this share of those that are not 0 are clipped. */
const KEPT = 0.99;

/**
 * The bound that single gains are clipped to while two models are watched: 1 for hits, whose gains are −1, 0 or 1; for
 * net returns the 99 % quantile of the sizes of the gains that are not 0 on the evaluation rows, or, when the two models
 * answered alike there, twice that of the returns and costs.
 *
 * @param gains - Of the evaluation rows.
 */
export function gainBoundOf(
  rows: Pick<Dataset, 'returns'>,
  gains: ArrayLike<number>,
  kind: ScoreKind,
  costPerTrade: number,
): number {
  if (kind === 'hit') return 1;
  const sizes = Array.from(gains, Math.abs).filter((size) => size > 0);
  const possible = Array.from(rows.returns ?? [], (value) => 2 * (Math.abs(value) + costPerTrade));
  const sample = (sizes.length > 0 ? sizes : possible).sort((a, b) => a - b);
  const bound = sample.length > 0 ? quantileSorted(sample, KEPT) : 0;
  return bound > 0 ? bound : 1;
}

/** {@link labelOverlap} of the times: rows of one time, those of several symbols, count once. */
export function timesOverlap(rows: Pick<Dataset, 'timestamps' | 'labelEndsAt'>): number {
  const timestamps: number[] = [];
  const labelEndsAt: number[] = [];
  for (const row of timeOrder(rows)) {
    const at = rows.timestamps[row]!;
    const endsAt = rows.labelEndsAt[row]!;
    if (timestamps.at(-1) === at) {
      labelEndsAt.push(Math.max(labelEndsAt.pop()!, endsAt));
    } else {
      timestamps.push(at);
      labelEndsAt.push(endsAt);
    }
  }
  return labelOverlap({ timestamps, labelEndsAt });
}
