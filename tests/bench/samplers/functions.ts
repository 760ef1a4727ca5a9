import { type RandomSource, randomNormal } from '@mlperf/core';
import { categorical, defineSpace, float, int, type SampledPoint, type SearchSpace, when } from '@mlperf/tuning';

/** A function to be minimised, the same as its namesake in `peers/optuna_samplers.py`. */
export interface TestFunction {
  readonly name: string;
  readonly space: SearchSpace;
  /** Without noise. */
  readonly valueAt: (point: SampledPoint) => number;
  /** Standard deviation of the normal noise that a trial adds; 0 for none. */
  readonly noise: number;
}

/** What a trial observes. */
export function observe({ valueAt, noise }: TestFunction, point: SampledPoint, random: RandomSource): number {
  return valueAt(point) + (noise === 0 ? 0 : noise * randomNormal(random));
}

const cube = (dimensions: number, low: number, high: number) =>
  defineSpace(Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, float(low, high)])));

const coordinates = (point: SampledPoint) =>
  Object.keys(point)
    .sort()
    .map((name) => Number(point[name]));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function branin([x = 0, y = 0]: readonly number[]): number {
  const bowl = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return bowl * bowl + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

/** Rows of A and of P (Hartmann 1972), as in the virtual library of Surjanovic & Bingham. */
const HARTMANN = {
  3: {
    a: [
      [3, 10, 30],
      [0.1, 10, 35],
      [3, 10, 30],
      [0.1, 10, 35],
    ],
    p: [
      [0.3689, 0.117, 0.2673],
      [0.4699, 0.4387, 0.747],
      [0.1091, 0.8732, 0.5547],
      [0.0381, 0.5743, 0.8828],
    ],
  },
  6: {
    a: [
      [10, 3, 17, 3.5, 1.7, 8],
      [0.05, 10, 17, 0.1, 8, 14],
      [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ],
    p: [
      [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
      [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
      [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
      [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ],
  },
} as const;

function hartmann(dimensions: 3 | 6, x: readonly number[]): number {
  const { a, p } = HARTMANN[dimensions];
  return -sum(
    [1, 1.2, 3, 3.2].map((weight, i) => weight * Math.exp(-sum(x.map((xj, j) => a[i]![j]! * (xj - p[i]![j]!) ** 2)))),
  );
}

function levy(x: readonly number[]): number {
  const w = x.map((each) => 1 + (each - 1) / 4);
  const last = w.at(-1)!;
  return (
    Math.sin(Math.PI * w[0]!) ** 2 +
    sum(w.slice(0, -1).map((each) => (each - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * each + 1) ** 2))) +
    (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
  );
}

const plain = (name: string, space: SearchSpace, f: (x: readonly number[]) => number, noise = 0): TestFunction => ({
  name,
  space,
  valueAt: (point) => f(coordinates(point)),
  noise,
});

const BRANIN = defineSpace({ x0: float(-5, 10), x1: float(0, 15) });

export const TEST_FUNCTIONS: readonly TestFunction[] = [
  plain('branin', BRANIN, branin),
  plain('hartmann3', cube(3, 0, 1), (x) => hartmann(3, x)),
  plain('hartmann6', cube(6, 0, 1), (x) => hartmann(6, x)),
  plain('rosenbrock4', cube(4, -2, 2), (x) =>
    sum(x.slice(1).map((next, i) => 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2)),
  ),
  plain('ackley5', cube(5, -32.768, 32.768), (x) => {
    const distance = Math.exp(-0.2 * Math.sqrt(sum(x.map((each) => each * each)) / x.length));
    return 20 - 20 * distance + Math.E - Math.exp(sum(x.map((each) => Math.cos(2 * Math.PI * each))) / x.length);
  }),
  plain('levy4', cube(4, -10, 10), levy),
  plain('rastrigin3', cube(3, -5.12, 5.12), (x) =>
    sum(x.map((each) => each * each - 10 * Math.cos(2 * Math.PI * each) + 10)),
  ),
  plain('branin-noisy', BRANIN, branin, 5),
  plain('hartmann6-noisy', cube(6, 0, 1), (x) => hartmann(6, x), 0.2),
  plain(
    'stepped',
    defineSpace({ x0: int(0, 50), x1: int(0, 50), x2: float(0, 1, { step: 0.05 }), x3: int(1, 9) }),
    ([a = 0, b = 0, c = 0, d = 0]) =>
      ((a - 37) / 10) ** 2 + ((b - 11) / 10) ** 2 + 10 * (c - 0.35) ** 2 + Math.abs(d - 7),
  ),
  {
    name: 'mixed',
    noise: 0,
    space: defineSpace({
      rate: float(1e-5, 1, { log: true }),
      depth: int(1, 12),
      units: int(4, 512, { log: true }),
      kind: categorical(['a', 'b', 'c', 'd']),
      loss: categorical(['x', 'y', 'z']),
    }),
    valueAt: ({ rate, depth, units, kind, loss }) =>
      (Math.log10(Number(rate)) + 2.5) ** 2 +
      ((Number(depth) - 8) / 3) ** 2 +
      (Math.log2(Number(units)) - 6) ** 2 / 4 +
      (kind === 'c' ? 0 : kind === 'a' ? 0.5 : 1.5) * (loss === 'y' ? 0.5 : 1) +
      (loss === 'y' ? 0 : 0.7),
  },
  {
    name: 'conditional',
    noise: 0,
    space: defineSpace({
      model: categorical(['tree', 'linear', 'net']),
      ...when('model', 'tree', { depth: int(1, 20), leaf: int(1, 64, { log: true }) }),
      shrinkage: when('model', 'linear', float(1e-4, 10, { log: true })),
      ...when('model', 'net', { rate: float(1e-5, 1, { log: true }), width: float(0, 1) }),
    }),
    valueAt: (point) => {
      if (point.model === 'tree')
        return 0.5 + ((Number(point.depth) - 12) / 6) ** 2 + (Math.log2(Number(point.leaf)) - 2) ** 2 / 4;
      if (point.model === 'linear') return 1 + (Math.log10(Number(point.shrinkage)) + 1) ** 2 / 4;
      return (Math.log10(Number(point.rate)) + 3) ** 2 + 4 * (Number(point.width) - 0.7) ** 2;
    },
  },
];
