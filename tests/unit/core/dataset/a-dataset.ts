import type { DatasetInput } from '@mlperf/core';

/** Three rows, two symbols, every optional array there. */
export function fullInput(): DatasetInput {
  return {
    features: { values: Float64Array.of(1.5, -2.25, 0, 3, 1e-300, 7), rows: 3, columns: 2 },
    featureNames: ['return_1d', 'volatility'],
    targets: [0, 1, 1],
    classes: ['down', 'up'],
    timestamps: [1_000, 2_000, 3_000],
    labelEndsAt: [2_000, 3_000, 4_000],
    groups: [0, 1, 0],
    groupNames: ['AAPL', 'MSFT'],
    prices: [10, 20.5, 11],
    returns: [0.01, -0.02, 0.03],
    weights: [1, 0.5, 2],
  };
}
