import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  logStandardImprovement,
  type StandardImprovement,
} from '../../../../../packages/tuning/src/samplers/gaussian-process/log-expected-improvement.ts';
import { MarginalLikelihood } from '../../../../../packages/tuning/src/samplers/gaussian-process/marginal-likelihood.ts';
import { minimizeBounded } from '../../../../../packages/tuning/src/samplers/gaussian-process/minimize-bounded.ts';
import type { Observations } from '../../../../../packages/tuning/src/samplers/gaussian-process/observations.ts';
import { Posterior } from '../../../../../packages/tuning/src/samplers/gaussian-process/posterior.ts';

interface ProcessCase {
  readonly input: {
    readonly choices: readonly number[];
    readonly rows: readonly (readonly number[])[];
    readonly values: readonly number[];
    readonly addedNoise: readonly number[];
    readonly lengthScales: readonly number[];
    readonly variance: number;
    readonly noise: number;
    readonly at: readonly (readonly number[])[];
  };
  readonly expected: {
    readonly logLikelihood: number;
    readonly gradient: readonly number[];
    readonly means: readonly number[];
    readonly variances: readonly number[];
  };
}

interface MinimumCase {
  readonly input: {
    readonly start: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
  readonly expected: { readonly point: readonly number[]; readonly value: number };
}

const golden: {
  readonly tolerance: { readonly value: number };
  readonly processes: readonly ProcessCase[];
  readonly improvements: readonly ({ readonly z: number } & StandardImprovement)[];
  readonly minima: readonly MinimumCase[];
} = JSON.parse(readFileSync(new URL('../../../../golden/gaussian-process.json', import.meta.url), 'utf8'));

const TOLERANCE = golden.tolerance.value;

function observations({ input }: ProcessCase): Observations {
  return {
    rows: Float64Array.from(input.rows.flat()),
    values: Float64Array.from(input.values),
    addedNoise: Float64Array.from(input.addedNoise),
    categories: Uint8Array.from(input.choices, (count) => (count === 0 ? 0 : 1)),
  };
}

function expectNear(actual: ArrayLike<number>, expected: readonly number[], tolerance = TOLERANCE): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  }
}

const cases = golden.processes.map((each) => [each.input.values.length, each.input.choices.join(' '), each] as const);

describe('the Gaussian process', () => {
  it.each(cases)("has scikit-learn's log likelihood and gradient: %i observations, choices %s", (_n, _c, each) => {
    const { lengthScales, variance, noise } = each.input;
    const logs = Float64Array.of(...lengthScales.map((length) => -2 * Math.log(length)), Math.log(variance));
    const gradient = new Float64Array(lengthScales.length + 2);
    const value = new MarginalLikelihood(observations(each)).evaluate(logs, noise, gradient);
    expectNear([value], [each.expected.logLikelihood]);
    expectNear(gradient, each.expected.gradient);
  });

  it.each(cases)("has scikit-learn's means and variances: %i observations, choices %s", (_n, _c, each) => {
    const { lengthScales, variance, noise, at } = each.input;
    const kernel = { inverseSquares: Float64Array.from(lengthScales, (length) => length ** -2), variance, noise };
    const posterior = new Posterior(observations(each), kernel);
    const mean = new Float64Array(1);
    const variances = at.map((row) => posterior.at(Float64Array.from(row), mean));
    const means = at.map((row) => {
      posterior.at(Float64Array.from(row), mean);
      return mean[0]!;
    });
    expectNear(means, each.expected.means);
    expectNear(variances, each.expected.variances);
    const together: [number, number][] = [];
    posterior.forEachRow(Float64Array.from(at.flat()), (i, [value], spread) => {
      together[i] = [value!, spread];
    });
    expectNear(
      together.map(([value]) => value),
      each.expected.means,
    );
    expectNear(
      together.map(([, spread]) => spread),
      each.expected.variances,
    );
  });
});

describe('logStandardImprovement', () => {
  it.each(golden.improvements)('has the values of exact arithmetic at $z', ({ z, log, slope, density }) => {
    const out = { log: 0, slope: 0, density: 0 };
    logStandardImprovement(z, out);
    for (const [actual, expected] of [
      [out.log, log],
      [out.slope, slope],
      [out.density, density],
    ] as const) {
      expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-10 * Math.abs(expected) + 1e-300);
    }
  });
});

describe('minimizeBounded', () => {
  it.each(golden.minima)("ends where SciPy's L-BFGS-B does: Rosenbrock from $input.start", ({ input, expected }) => {
    const start = Float64Array.from(input.start);
    const { point, value } = minimizeBounded({
      evaluate: rosenbrock,
      start,
      lower: Float64Array.from(input.low),
      upper: Float64Array.from(input.high),
      gradientTolerance: 1e-9,
      gainTolerance: 0,
      maxIterations: 1_000,
    });
    expectNear(point, expected.point, 1e-6);
    expect(value).toBeLessThanOrEqual(expected.value + 1e-10);
    expect([...start]).toEqual(input.start);
  });

  it('turns back where the function is not defined, and stops at once at a minimum', () => {
    let calls = 0;
    const evaluate = (x: Float64Array, gradient: Float64Array) => {
      calls++;
      if (x[0]! <= 0) return Number.POSITIVE_INFINITY;
      gradient[0] = 1 - 1 / x[0]!;
      return x[0]! - Math.log(x[0]!);
    };
    const options = { evaluate, gradientTolerance: 1e-8, maxIterations: 100 };
    expect(minimizeBounded({ ...options, start: Float64Array.of(50) }).point[0]).toBeCloseTo(1, 6);
    calls = 0;
    expect(minimizeBounded({ ...options, start: Float64Array.of(1) })).toMatchObject({ value: 1, iterations: 0 });
    expect(calls).toBe(1);
  });
});

function rosenbrock(x: Float64Array, gradient: Float64Array): number {
  gradient.fill(0);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i]!, x[i + 1]!];
    value += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    gradient[i] = gradient[i]! - 400 * a * (b - a * a) - 2 * (1 - a);
    gradient[i + 1] = gradient[i + 1]! + 200 * (b - a * a);
  }
  return value;
}
