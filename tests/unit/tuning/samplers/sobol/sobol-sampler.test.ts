import {
  boolean,
  categorical,
  defineSpace,
  float,
  int,
  ordered,
  type SearchSpace,
  SobolSampler,
  validateParameters,
  when,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

function pointsOf<S extends SearchSpace>(sampler: SobolSampler<S>, count: number) {
  return Array.from({ length: count }, (_, trialNumber) => sampler.suggest({ trialNumber }));
}

describe('SobolSampler', () => {
  const space = defineSpace({
    rate: float(0.001, 1, { log: true }),
    depth: int(1, 8),
    kind: categorical(['a', 'b', 'c', 'd']),
    pruned: boolean(),
  });

  it('spreads 2^m trials evenly over every parameter', () => {
    const points = pointsOf(new SobolSampler(space, 'seed-1'), 64);
    for (let depth = 1; depth <= 8; depth++) expect(points.filter((each) => each.depth === depth)).toHaveLength(8);
    for (const kind of ['a', 'b', 'c', 'd']) expect(points.filter((each) => each.kind === kind)).toHaveLength(16);
    expect(points.filter(({ pruned }) => pruned)).toHaveLength(32);
    const decades = points.map(({ rate }) => Math.floor(Math.log10(rate)));
    for (const decade of [-3, -2, -1]) {
      const count = decades.filter((each) => each === decade).length;
      expect(Math.abs(count - 64 / 3)).toBeLessThanOrEqual(1);
    }
  });

  it('gives trial n one point, by its seed', () => {
    const points = pointsOf(new SobolSampler(space, 'seed-1'), 8);
    expect(new SobolSampler(space, 'seed-1').suggest({ trialNumber: 6 })).toEqual(points[6]);
    expect(new SobolSampler(space, 'seed-2').suggest({ trialNumber: 6 })).not.toEqual(points[6]);
  });

  it('leaves out what does not exist', () => {
    const conditional = defineSpace({ k: categorical(['x', 'y']), a: when('k', 'x', float(0, 1)) });
    const points = pointsOf(new SobolSampler(conditional, 's'), 32);
    for (const point of points) validateParameters(conditional, point);
    expect(points.filter((point) => point.a !== undefined)).toHaveLength(16);
  });

  it('passes over points that break a constraint, whatever was asked before', () => {
    const crossing = defineSpace({ fast: int(1, 20), slow: int(1, 20) }, [ordered('fast', 'slow', 1)]);
    const points = pointsOf(new SobolSampler(crossing, 's'), 50);
    for (const { fast, slow } of points) expect(fast).toBeLessThan(slow);
    expect(new SobolSampler(crossing, 's').suggest({ trialNumber: 30 })).toEqual(points[30]);
  });

  it('refuses what it cannot give', () => {
    const sampler = new SobolSampler(space, 's');
    expect(() => sampler.suggest({ trialNumber: -1 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    const sliver = defineSpace({ a: float(0, 1), b: float(0, 1) }, [ordered('a', 'b'), ordered('b', 'a')]);
    expect(() => new SobolSampler(sliver, 's').suggest({ trialNumber: 0 })).toThrow(/10000 in a row did not/);
    const wide = defineSpace(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x${i}`, float(0, 1)])));
    expect(() => new SobolSampler(wide, 's')).toThrow(/1 to 128 dimensions; got 200/);
  });
});
