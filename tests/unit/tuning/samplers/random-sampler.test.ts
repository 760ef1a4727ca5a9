import {
  boolean,
  categorical,
  defineSpace,
  float,
  int,
  ordered,
  RandomSampler,
  type Sampler,
  type SearchSpace,
  trialRandom,
  validateParameters,
  when,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const space = defineSpace({
  depth: int(1, 6),
  width: int(1, 8, { log: true }),
  rate: float(0.001, 10, { log: true }),
  share: float(-1, 3),
  stepped: float(0.1, 0.7, { step: 0.1 }),
  even: int(2, 10, { step: 2 }),
  criterion: categorical(['gini', 'entropy', 'mse']),
  bootstrap: boolean(),
});
const TRIALS = 20_000;

function pointOf<S extends SearchSpace>(sampler: Sampler<S>, trialNumber: number, seed = 'seed-1') {
  return sampler.suggest({ trialNumber, history: [], running: [], random: trialRandom(seed, trialNumber) });
}

describe('RandomSampler', () => {
  const sampler = new RandomSampler(space);
  const points = Array.from({ length: TRIALS }, (_, n) => pointOf(sampler, n));

  it('gives trial n one point, whatever was asked before and by whom', () => {
    const other = new RandomSampler(space);
    expect(pointOf(other, 77)).toEqual(points[77]);
    expect(pointOf(other, 3)).toEqual(points[3]);
    expect(pointOf(new RandomSampler(space), 3, 'seed-2')).not.toEqual(points[3]);
  });

  it('keeps a parameter when others join the space or move within it', () => {
    const { depth, rate } = space;
    const smaller = pointOf(new RandomSampler(defineSpace({ rate, depth })), 5, 'seed-1');
    expect(smaller).toEqual({ rate: points[5]!.rate, depth: points[5]!.depth });
  });

  it('yields only points of the space', () => {
    for (const point of points) validateParameters(space, { ...point });
  });

  /** Pearson's statistic of counts against expected shares. */
  function chiSquare(values: readonly unknown[], shares: ReadonlyMap<unknown, number>): number {
    let statistic = 0;
    for (const [value, share] of shares) {
      const expected = share * values.length;
      statistic += (values.filter((other) => other === value).length - expected) ** 2 / expected;
    }
    return statistic;
  }
  const alike = (values: readonly unknown[]) => new Map(values.map((value) => [value, 1 / values.length]));

  // Each bound is the 99.9 % point of chi-square at (values − 1) degrees of freedom; the draws are fixed by the seed.
  it.each<[string, (keyof typeof space)[], ReadonlyMap<unknown, number>, number]>([
    ['whole numbers alike', ['depth'], alike([1, 2, 3, 4, 5, 6]), 20.52],
    ['whole steps alike', ['even'], alike([2, 4, 6, 8, 10]), 18.47],
    ['choices alike', ['criterion'], alike(['gini', 'entropy', 'mse']), 13.82],
    ['both truths alike', ['bootstrap'], alike([true, false]), 10.83],
    [
      'logarithmic whole numbers by ln((k + ½) / (k − ½))',
      ['width'],
      new Map([1, 2, 3, 4, 5, 6, 7, 8].map((k) => [k, Math.log((k + 0.5) / (k - 0.5)) / Math.log(8.5 / 0.5)])),
      24.32,
    ],
  ])('draws %s', (_what, [name], shares, bound) => {
    expect(
      chiSquare(
        points.map((point) => point[name!]),
        shares,
      ),
    ).toBeLessThan(bound);
  });

  it('draws every step of a real range alike, each value exact', () => {
    const values = points.map(({ stepped }) => stepped);
    expect(chiSquare(values, alike([0, 1, 2, 3, 4, 5, 6].map((k) => Math.min(0.1 + k * 0.1, 0.7))))).toBeLessThan(
      22.46,
    );
  });

  /** Kolmogorov–Smirnov distance from the uniform; its 99.9 % point is 1.95 / √n. */
  function distanceFromUniform(shares: readonly number[]): number {
    const sorted = shares.toSorted((a, b) => a - b);
    return Math.max(...sorted.map((u, i) => Math.max(u - i / sorted.length, (i + 1) / sorted.length - u)));
  }

  it('draws real numbers uniformly on their own scale', () => {
    const bound = 1.95 / Math.sqrt(TRIALS);
    expect(distanceFromUniform(points.map(({ share }) => (share + 1) / 4))).toBeLessThan(bound);
    expect(distanceFromUniform(points.map(({ rate }) => Math.log(rate / 0.001) / Math.log(10_000)))).toBeLessThan(
      bound,
    );
  });

  it('draws parameters independently of each other', () => {
    const u = points.map(({ share }) => (share + 1) / 4 - 0.5);
    const v = points.map(({ rate }) => Math.log(rate / 0.001) / Math.log(10_000) - 0.5);
    const correlation = u.reduce((sum, value, i) => sum + value * v[i]!, 0) / (TRIALS / 12);
    // 3.29 standard errors of a correlation of 0.
    expect(Math.abs(correlation)).toBeLessThan(3.29 / Math.sqrt(TRIALS));
  });

  it('reaches odd and even numbers of a range wider than 32 bits', () => {
    const wide: SearchSpace = { x: int(0, Number.MAX_SAFE_INTEGER) };
    const drawn = Array.from({ length: 200 }, (_, n) => Number(pointOf(new RandomSampler(wide), n, 's').x));
    const odd = drawn.filter((x) => x % 2 === 1).length;
    expect(odd).toBeGreaterThan(60);
    expect(odd).toBeLessThan(140);
  });

  it('refuses a trial number that is none', () => {
    expect(() => pointOf(sampler, -1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => pointOf(sampler, 0.5)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('draws a conditional parameter only where it exists, as if it were alone', () => {
    const conditional = defineSpace({
      depth: when('kind', ['tree', 'forest'], int(1, 3)),
      kind: categorical(['tree', 'forest', 'linear']),
      share: when('kind', 'linear', float(0, 1)),
    });
    const drawn = Array.from({ length: 3_000 }, (_, n) => pointOf(new RandomSampler(conditional), n));
    for (const point of drawn) validateParameters(conditional, point);
    const linear = drawn.filter(({ kind }) => kind === 'linear');
    // 1,000 expected, standard deviation √(3,000 · 1/3 · 2/3) = 26
    expect(Math.abs(linear.length - 1_000)).toBeLessThan(4 * 26);
    const unconditional = defineSpace({ share: float(0, 1) });
    for (const [n, point] of drawn.entries()) {
      if (point.kind === 'linear') expect(point.share).toBe(pointOf(new RandomSampler(unconditional), n).share);
    }
  });

  it('draws again until the constraints hold, alike over what they leave', () => {
    const crossing = defineSpace({ a: int(1, 3), b: int(1, 3) }, [ordered('a', 'b', 1)]);
    const counts = new Map<string, number>();
    for (let n = 0; n < 3_000; n++) {
      const { a, b } = pointOf(new RandomSampler(crossing), n);
      counts.set(`${a}<${b}`, (counts.get(`${a}<${b}`) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['1<2', '1<3', '2<3']);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(4 * 26);
  });

  it('says when constraints leave next to nothing', () => {
    const sliver = defineSpace({ a: float(0, 1), b: float(0, 1) }, [ordered('a', 'b'), ordered('b', 'a')]);
    expect(() => pointOf(new RandomSampler(sliver), 0)).toThrow(/10000 in a row did not/);
  });
});
