import { createDataset, type Dataset, keyedRandom, randomNormal } from '@mlperf/core';

/** Normal features; a label that depends on four of them, with as much noise as signal. Rounded to 32 bits, as scikit-learn reads them. */
export function waves(rows: number, columns: number, seed: string): Dataset {
  const random = keyedRandom('benchmark', 'forest', seed);
  const values = Float64Array.from(Float32Array.from({ length: rows * columns }, () => randomNormal(random)));
  const targets = Float64Array.from({ length: rows }, (_, row) => {
    const [a, b, c, d] = values.subarray(row * columns, row * columns + 4);
    return a! + b! * c! + 0.5 * Math.sin(3 * d!) + randomNormal(random) > 0 ? 1 : 0;
  });
  return createDataset({
    features: { values, rows, columns },
    featureNames: Array.from({ length: columns }, (_, i) => `f${i}`),
    targets,
    classes: ['down', 'up'],
    timestamps: targets.map((_, i) => i),
    labelEndsAt: targets.map((_, i) => i),
  });
}
