import { readFileSync } from 'node:fs';
import { type JsonObject, keyedRandom, parseSpace } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { axisOf, type EstimatorAxis } from '../../../../../packages/tuning/src/samplers/tpe/estimator-axis.ts';
import { numericKernels } from '../../../../../packages/tuning/src/samplers/tpe/kernel-bandwidths.ts';
import { kernelWeights } from '../../../../../packages/tuning/src/samplers/tpe/kernel-weights.ts';
import { sortedOrders } from '../../../../../packages/tuning/src/samplers/tpe/ordered-rows.ts';
import { ParzenEstimator } from '../../../../../packages/tuning/src/samplers/tpe/parzen-estimator.ts';
import {
  logNormalMass,
  truncatedNormalQuantile,
} from '../../../../../packages/tuning/src/samplers/tpe/truncated-normal.ts';

interface EstimatorCase {
  readonly input: {
    readonly space: JsonObject;
    readonly rows: readonly (readonly number[])[];
    readonly points: readonly (readonly number[])[];
  };
  readonly expected: {
    readonly weights: readonly number[];
    readonly kernels: Readonly<
      Record<string, { readonly means: readonly number[]; readonly deviations: readonly number[] }>
    >;
    readonly logDensities: readonly number[];
  };
}

const golden: {
  readonly tolerance: { readonly value: number };
  readonly estimators: readonly EstimatorCase[];
  readonly masses: readonly { readonly input: readonly [number, number]; readonly expected: number }[];
  readonly quantiles: readonly { readonly input: readonly [number, number, number]; readonly expected: number }[];
} = JSON.parse(readFileSync(new URL('../../../../golden/tpe.json', import.meta.url), 'utf8'));

const TOLERANCE = golden.tolerance.value;

function axesOf(space: JsonObject): readonly EstimatorAxis[] {
  return Object.entries(parseSpace(space)).map(([name, dimension]) => axisOf(name, dimension)!);
}

function estimatorOf(axes: readonly EstimatorAxis[], rows: readonly Float64Array[]): ParzenEstimator {
  return new ParzenEstimator(axes, { rows, orders: sortedOrders(rows, axes.length) });
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(0, ...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

describe('the Parzen estimator', () => {
  it.each(
    golden.estimators.map(
      (each) =>
        [
          each.input.rows.length,
          Object.values(each.input.space)
            .map((d) => Object.values(d as JsonObject).join(' '))
            .join(', '),
          each,
        ] as const,
    ),
  )("has Optuna's weights, kernels and log densities: %i observations of %s", (_n, _space, { input, expected }) => {
    const axes = axesOf(input.space);
    const rows = input.rows.map((row) => Float64Array.from(row));
    const estimator = estimatorOf(axes, rows);
    expect(largestDifference(estimator.weights, expected.weights)).toBeLessThan(TOLERANCE);
    for (const [a, axis] of axes.entries()) {
      if (axis.kind === 'category') continue;
      const observed = Float64Array.from(rows, (row) => (axis.log ? Math.log(row[a]!) : row[a]!));
      const { means, deviations } = numericKernels(observed, sortedOrders(rows, axes.length)[a]!, axis.low, axis.high);
      expect(largestDifference(means, expected.kernels[axis.name]!.means)).toBeLessThan(TOLERANCE);
      expect(largestDifference(deviations, expected.kernels[axis.name]!.deviations)).toBeLessThan(TOLERANCE);
    }
    const logDensities = input.points.map((point) => estimator.logDensity(Float64Array.from(point)));
    expect(largestDifference(logDensities, expected.logDensities)).toBeLessThan(TOLERANCE);
  });

  it('is a density: it sums to 1 over the values of a stepped range and the choices', () => {
    const axes = axesOf({
      d: { type: 'int', low: 1, high: 9, step: 2 },
      k: { type: 'categorical', choices: ['a', 'b'] },
    });
    const estimator = estimatorOf(
      axes,
      [
        [3, 0],
        [3, 1],
        [9, 1],
      ].map((row) => Float64Array.from(row)),
    );
    let sum = 0;
    for (const d of [1, 3, 5, 7, 9])
      for (const k of [0, 1]) sum += Math.exp(estimator.logDensity(Float64Array.of(d, k)));
    expect(sum).toBeCloseTo(1, 12);
  });

  it('integrates to 1 over a continuous range', () => {
    const axes = axesOf({ x: { type: 'float', low: -1, high: 2 } });
    const estimator = estimatorOf(
      axes,
      [-1, -0.9, 1.7].map((x) => Float64Array.of(x)),
    );
    let sum = 0;
    for (let i = 0; i < 3_000; i++)
      sum += Math.exp(estimator.logDensity(Float64Array.of(-1 + (i + 0.5) / 1_000))) / 1_000;
    expect(sum).toBeCloseTo(1, 6);
  });

  it('draws from that very density', () => {
    const axes = axesOf({
      d: { type: 'int', low: 1, high: 4 },
      k: { type: 'categorical', choices: ['a', 'b', 'c'] },
      e: { type: 'int', low: 1, high: 8, log: true },
    });
    const rows = [
      [1, 0, 1],
      [1, 0, 2],
      [4, 2, 8],
      [2, 1, 8],
    ].map((row) => Float64Array.from(row));
    const estimator = estimatorOf(axes, rows);
    const random = keyedRandom('draws');
    const DRAWS = 40_000;
    const counts = new Map<string, number>();
    for (let i = 0; i < DRAWS; i++) {
      const key = estimator.sample(random).join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // Pearson's statistic over 4 · 3 · 8 cells: mean 95, standard deviation √190 = 13.8 when the draws are right.
    let statistic = 0;
    for (const d of [1, 2, 3, 4]) {
      for (const k of [0, 1, 2]) {
        for (let e = 1; e <= 8; e++) {
          const expected = DRAWS * Math.exp(estimator.logDensity(Float64Array.of(d, k, e)));
          statistic += ((counts.get(`${d} ${k} ${e}`) ?? 0) - expected) ** 2 / expected;
        }
      }
    }
    expect(statistic).toBeLessThan(95 + 5 * 13.8);
    expect([...counts.keys()].length).toBeLessThanOrEqual(96);
  });

  it('draws continuous values with the distribution it states', () => {
    const axes = axesOf({ x: { type: 'float', low: 1e-3, high: 1, log: true } });
    const estimator = estimatorOf(
      axes,
      [0.002, 0.5].map((x) => Float64Array.of(x)),
    );
    const random = keyedRandom('continuous');
    const DRAWS = 20_000;
    const BINS = 30;
    const counts = new Float64Array(BINS);
    const share = (x: number) => Math.log(x / 1e-3) / Math.log(1e3);
    for (let i = 0; i < DRAWS; i++) {
      const x = estimator.sample(random)[0]!;
      expect(x).toBeGreaterThanOrEqual(1e-3);
      expect(x).toBeLessThanOrEqual(1);
      const bin = Math.min(Math.floor(share(x) * BINS), BINS - 1);
      counts[bin] = counts[bin]! + 1;
    }
    let statistic = 0;
    for (const [bin, count] of counts.entries()) {
      // The density is one of the logarithm; 50 midpoints per bin integrate it.
      let mass = 0;
      for (let i = 0; i < 50; i++) {
        const x = 1e-3 * 1e3 ** ((bin + (i + 0.5) / 50) / BINS);
        mass += (Math.exp(estimator.logDensity(Float64Array.of(x))) * Math.log(1e3)) / BINS / 50;
      }
      statistic += (count - DRAWS * mass) ** 2 / (DRAWS * mass);
    }
    // 29 degrees of freedom: standard deviation √58 = 7.6.
    expect(statistic).toBeLessThan(29 + 5 * 7.6);
  });
});

describe('kernelWeights', () => {
  it('gives full weight to the newest 25 and the prior, and lets the others rise to it', () => {
    expect([...kernelWeights(0)]).toEqual([1]);
    expect([...kernelWeights(3)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    const weights = kernelWeights(28);
    const relative = weights.map((weight) => weight / weights[28]!);
    expect(relative[0]).toBeCloseTo(1 / 28, 12);
    expect(relative[1]).toBeCloseTo((1 / 28 + 1) / 2, 12);
    expect([...relative.slice(2)]).toEqual(new Array(27).fill(1));
  });

  it('multiplies by what an observation counts', () => {
    expect([...kernelWeights(3, Float64Array.of(0.5, 1, 0.25))]).toEqual([0.5 / 2.75, 1 / 2.75, 0.25 / 2.75, 1 / 2.75]);
  });
});

describe('the cut normal', () => {
  it.each(golden.masses)('has the log mass of exact arithmetic between $input', ({ input: [a, b], expected }) => {
    expect(Math.abs(logNormalMass(a, b) - expected)).toBeLessThan(TOLERANCE);
  });

  it.each(golden.quantiles)('has the quantile of exact arithmetic: $input', ({ input: [u, a, b], expected }) => {
    expect(Math.abs(truncatedNormalQuantile(u, a, b) - expected)).toBeLessThan(
      TOLERANCE * Math.max(1, Math.abs(expected)),
    );
  });
});
