import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withMargin } from '../../../../../packages/tuning/src/samplers/cma-es/integer-margin.ts';
import {
  initialDistribution,
  nextDistribution,
  solutionAt,
} from '../../../../../packages/tuning/src/samplers/cma-es/search-distribution.ts';
import {
  defaultPopulation,
  strategyConstants,
} from '../../../../../packages/tuning/src/samplers/cma-es/strategy-constants.ts';
import { symmetricEigen } from '../../../../../packages/tuning/src/samplers/cma-es/symmetric-eigen.ts';
import { warmStartDistribution } from '../../../../../packages/tuning/src/samplers/cma-es/warm-start-distribution.ts';

interface State {
  readonly mean: readonly number[];
  readonly stepSize: number;
  readonly covariance: readonly number[];
}
interface Run {
  readonly mean: readonly number[];
  readonly stepSize: number;
  readonly population: number;
  /** By generation, the best first. */
  readonly ranked: readonly (readonly (readonly number[])[])[];
}

const golden: {
  readonly tolerance: { readonly value: number };
  readonly continuous: readonly {
    readonly input: Run;
    readonly expected: readonly (State & { readonly stepPath: readonly number[]; readonly path: readonly number[] })[];
  }[];
  readonly withMargin: readonly {
    readonly input: Run & { readonly counts: readonly number[]; readonly margin: number };
    readonly expected: readonly (State & { readonly scales: readonly number[] })[];
  }[];
  readonly warmStart: readonly {
    readonly input: { readonly ranked: readonly (readonly number[])[] };
    readonly expected: State;
  }[];
} = JSON.parse(readFileSync(new URL('../../../../golden/cma-es.json', import.meta.url), 'utf8'));

function expectNear(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(golden.tolerance.value * Math.max(1, Math.abs(value)));
  }
}

const alike = (ranked: readonly (readonly number[])[]) => ranked.map((x) => ({ x: Float64Array.from(x), weight: 1 }));

describe('the search distribution', () => {
  it.each(golden.continuous.map((each) => [each.input.mean.length, each.input.population, each] as const))(
    "is cmaes's after each generation: %i parameters, %i solutions",
    (d, population, { input, expected }) => {
      const constants = strategyConstants(d, population);
      let state = initialDistribution(Float64Array.from(input.mean), input.stepSize);
      for (const [g, ranked] of input.ranked.entries()) {
        state = nextDistribution(state, alike(ranked), constants);
        expectNear(state.mean, expected[g]!.mean);
        expectNear([state.stepSize], [expected[g]!.stepSize]);
        expectNear(state.covariance, expected[g]!.covariance);
        expectNear(state.stepPath, expected[g]!.stepPath);
        expectNear(state.path, expected[g]!.path);
      }
    },
  );

  it('has the population size of the tutorial', () => {
    expect([1, 2, 6, 10, 40].map(defaultPopulation)).toEqual([4, 6, 9, 10, 15]);
  });

  it('moves to an observation by the weight it has', () => {
    const constants = strategyConstants(1, 4);
    const start = initialDistribution(Float64Array.of(0), 1);
    const solutions = [-1, 1, 2, 3].map((x, i) => ({ x: Float64Array.of(x), weight: i === 0 ? 0.5 : 1 }));
    const { mean } = nextDistribution(start, solutions, constants);
    const [first, second] = [0.5 * constants.weights[0]!, constants.weights[1]!];
    expect(mean[0]).toBeCloseTo((-1 * first + 1 * second) / (first + second), 12);
    // The same weight everywhere is no weight at all.
    const halves = nextDistribution(
      start,
      solutions.map(({ x }) => ({ x, weight: 0.5 })),
      constants,
    );
    expect(halves).toEqual(
      nextDistribution(
        start,
        solutions.map(({ x }) => ({ x, weight: 1 })),
        constants,
      ),
    );
  });

  it('draws from mean and covariance', () => {
    const covariance = Float64Array.of(2, 0.6, 0.6, 1);
    const state = initialDistribution(Float64Array.of(3, -1), 0.5, covariance);
    const at = (z: readonly number[]) => solutionAt(state, Float64Array.from(z));
    expectNear(at([0, 0]), [3, -1]);
    // The images of the unit vectors: their outer products sum to σ²·C.
    const columns = [at([1, 0]), at([0, 1])].map((x) => [x[0]! - 3, x[1]! + 1]);
    const outer = (a: number, b: number) => columns.reduce((sum, each) => sum + each[a]! * each[b]!, 0);
    expectNear([outer(0, 0), outer(0, 1), outer(1, 1)], [0.5, 0.15, 0.25]);
  });
});

describe('withMargin', () => {
  it.each(golden.withMargin.map((each) => [each.input.counts.join(' '), each] as const))(
    'corrects as cmaes does after each generation: counts %s',
    (_counts, { input, expected }) => {
      const d = input.mean.length;
      const constants = strategyConstants(d, input.population);
      const stepped = input.counts.flatMap((count, index) =>
        count === 0
          ? []
          : {
              index,
              count,
              boundaryAt: (k: number) => k + 0.5,
              levelOf: (x: number) => Math.min(Math.max(Math.ceil(x - 0.5), 0), count - 1),
            },
      );
      let state = initialDistribution(Float64Array.from(input.mean), input.stepSize);
      let scales: Float64Array = new Float64Array(d).fill(1);
      for (const [g, ranked] of input.ranked.entries()) {
        state = nextDistribution(state, alike(ranked), constants);
        const corrected = withMargin(state, scales, stepped, input.margin);
        state = { ...state, mean: corrected.mean };
        scales = corrected.scales;
        expectNear(state.mean, expected[g]!.mean);
        expectNear([state.stepSize], [expected[g]!.stepSize]);
        expectNear(state.covariance, expected[g]!.covariance);
        expectNear(scales, expected[g]!.scales);
      }
    },
  );
});

describe('warmStartDistribution', () => {
  it.each(golden.warmStart.map((each) => [each.input.ranked.length, each] as const))(
    "is cmaes's for %i solutions",
    (_n, { input, expected }) => {
      const { mean, stepSize, covariance } = warmStartDistribution(alike(input.ranked));
      expectNear(mean, expected.mean);
      expectNear([stepSize], [expected.stepSize]);
      expectNear(covariance, expected.covariance);
    },
  );

  it('counts a solution of twice the weight twice', () => {
    const known = Array.from({ length: 30 }, (_, i) => ({ x: Float64Array.of(i / 40, (i * i) / 900), weight: 1 }));
    const doubled = known.flatMap((each, i) => (i === 0 ? [each, each, each] : [each]));
    const heavy = known.map((each, i) => (i === 0 ? { ...each, weight: 3 } : { ...each }));
    // The best tenth: three solutions, or five of which three are the first.
    const a = warmStartDistribution([...doubled.slice(0, 5), ...Array.from({ length: 45 }, () => known[29]!)]);
    const b = warmStartDistribution(heavy);
    expectNear(a.mean, [...b.mean]);
    expectNear([a.stepSize], [b.stepSize]);
    expectNear(a.covariance, [...b.covariance]);
  });
});

describe('symmetricEigen', () => {
  it('takes a matrix apart into what makes it up again', () => {
    const n = 5;
    const matrix = Float64Array.from({ length: n * n }, (_, i) => {
      const [a, b] = [Math.floor(i / n), i % n];
      return a === b ? a - 1 : 1 / (a + b + 1);
    });
    const { values, vectors } = symmetricEigen(matrix, n);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        let sum = 0;
        let product = 0;
        for (let k = 0; k < n; k++) {
          sum += vectors[a * n + k]! * values[k]! * vectors[b * n + k]!;
          product += vectors[k * n + a]! * vectors[k * n + b]!;
        }
        expect(sum).toBeCloseTo(matrix[a * n + b]!, 12);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
  });
});
