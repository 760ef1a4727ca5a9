import { createDataset, type Dataset, keyedRandom, type Matrix, matrixFromRows } from '@mlperf/core';

export const HOUR_MS = 3_600_000;
export const FEATURE_NAMES = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5'] as const;

/** How often the next move follows the rule: enough for a forest that has learnt it to be right six times in ten. */
const RULE_HOLDS = 0.61;

/** One hour: what is known at its start, and where the price went. */
export interface StreamRow {
  readonly at: number;
  readonly features: readonly number[];
  readonly direction: 'up' | 'down';
}

/**
 * Hours of a market with one rule: the price goes up when x0 > 0. From `changeAt` on the rule is the opposite one.
 * @param changeAt - Index of the first row under the opposite rule; absent: it never changes.
 */
export function streamRows(seed: string, count: number, changeAt = Number.POSITIVE_INFINITY): readonly StreamRow[] {
  const random = keyedRandom('regime-change', seed);
  return Array.from({ length: count }, (_, hour) => {
    const features = FEATURE_NAMES.map(() => 2 * random.next() - 1);
    const followsRule = random.next() < RULE_HOLDS !== hour >= changeAt;
    return { at: hour * HOUR_MS, features, direction: features[0]! > 0 === followsRule ? 'up' : 'down' };
  });
}

export function streamDataset(rows: readonly StreamRow[]): Dataset {
  return createDataset({
    featureNames: FEATURE_NAMES,
    features: rows.map((row) => row.features),
    classes: ['down', 'up'],
    targets: rows.map((row) => (row.direction === 'up' ? 1 : 0)),
    timestamps: rows.map((row) => row.at),
    labelEndsAt: rows.map((row) => row.at + HOUR_MS),
  });
}

export function streamFeatures(rows: readonly StreamRow[]): Matrix {
  return matrixFromRows(rows.map((row) => row.features));
}
