import { readFileSync } from 'node:fs';
import {
  boolean,
  categorical,
  defineSpace,
  float,
  GridSampler,
  int,
  linearConstraint,
  ordered,
  type SearchSpace,
  validateParameters,
  when,
} from '@mlperf/tuning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const golden: {
  readonly cases: readonly { readonly expected: readonly Record<string, unknown>[] }[];
} = JSON.parse(readFileSync(new URL('../../../golden/parameter-grid.json', import.meta.url), 'utf8'));

function points<S extends SearchSpace>(sampler: GridSampler<S>) {
  return Array.from({ length: sampler.size }, (_, n) => sampler.suggest({ trialNumber: n }));
}

describe('GridSampler', () => {
  it("visits the points of scikit-learn's ParameterGrid in its order", () => {
    const first = defineSpace({ depth: int(2, 4), criterion: categorical(['gini', 'entropy']), bootstrap: boolean() });
    const second = defineSpace({ z: int(1, 1), a: float(0, 1, { step: 0.25 }), m: int(10, 20, { step: 10 }) });
    expect(points(new GridSampler(first))).toEqual(golden.cases[0]!.expected);
    expect(points(new GridSampler(second))).toEqual(golden.cases[1]!.expected);
  });

  it('gives trial n the same point whatever the order of the definition', () => {
    const a = new GridSampler(defineSpace({ x: int(1, 3), y: boolean() }));
    const b = new GridSampler(defineSpace({ y: boolean(), x: int(1, 3) }));
    expect(points(a)).toEqual(points(b));
  });

  it('cuts endless ranges by resolution, ends included, on their own scale', () => {
    const values = (space: SearchSpace, resolution: number) =>
      points(new GridSampler(space, { resolution })).map(({ x }) => x);
    expect(values({ x: float(0, 1) }, 3)).toEqual([0, 0.5, 1]);
    const decades = values({ x: float(1e-4, 1e-1, { log: true }) }, 4);
    expect(decades[0]).toBe(1e-4);
    expect(decades[3]).toBe(1e-1);
    expect(decades[1]).toBeCloseTo(1e-3, 15);
    expect(values({ x: int(1, 128, { log: true }) }, 8)).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
    expect(values({ x: float(0, 8) }, 1)).toEqual([4]);
  });

  it('keeps all steps of a range that has no more than the resolution, and drops cuts that coincide', () => {
    const values = (space: SearchSpace, resolution: number) =>
      points(new GridSampler(space, { resolution })).map(({ x }) => x);
    expect(values({ x: int(1, 3) }, 10)).toEqual([1, 2, 3]);
    expect(values({ x: int(0, 100) }, 3)).toEqual([0, 50, 100]);
    // 1, 2^(1/3)…: the first whole numbers of a logarithmic range coincide.
    expect(values({ x: int(1, 8, { log: true }) }, 7)).toEqual([1, 2, 3, 4, 6, 8]);
  });

  it('takes a resolution per parameter', () => {
    const sampler = new GridSampler(defineSpace({ a: float(0, 1), b: float(0, 1) }), { resolution: { a: 2, b: 5 } });
    expect(sampler.size).toBe(10);
    expect(sampler.settings).toEqual({ resolution: { a: 2, b: 5 } });
  });

  it('visits each point once, and each point lies in the space', () => {
    const anySpace = fc
      .record({
        steps: fc.integer({ min: 1, max: 6 }),
        step: fc.constantFrom(0.1, 0.25, 3),
        low: fc.integer({ min: -3, max: 3 }),
        wide: fc.integer({ min: 0, max: 5 }),
        choices: fc.integer({ min: 1, max: 4 }),
      })
      .map(({ steps, step, low, wide, choices }) =>
        defineSpace({
          stepped: float(low, low + steps * step, { step }),
          whole: int(low, low + wide),
          choice: categorical(Array.from({ length: choices }, (_, i) => `c${i}`)),
        }),
      );
    fc.assert(
      fc.property(anySpace, (space) => {
        const all = points(new GridSampler(space));
        for (const point of all) validateParameters(space, { ...point });
        expect(new Set(all.map((point) => JSON.stringify(point))).size).toBe(all.length);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('leaves out what does not exist, and visits no point twice for it', () => {
    const conditional = defineSpace({
      b: when('z', 'two', int(1, 2)),
      a: boolean(),
      c: when('b-on', true, int(5, 6)),
      'b-on': when('z', 'two', boolean()),
      z: categorical(['one', 'two']),
    });
    const all = points(new GridSampler(conditional));
    // z one: 2 values of a. z two: 2 of a × 2 of b × (b-on false, or true with 2 of c).
    expect(all).toHaveLength(2 + 2 * 2 * (1 + 2));
    expect(new Set(all.map((point) => JSON.stringify(Object.entries(point).sort()))).size).toBe(all.length);
    expect(all[0]).toEqual({ a: false, z: 'one' });
    for (const point of all) validateParameters(conditional, point);
  });

  it('has the points that satisfy the constraints', () => {
    const crossing = defineSpace({ fast: int(1, 3), slow: int(1, 3) }, [ordered('fast', 'slow', 1)]);
    expect(points(new GridSampler(crossing))).toEqual([
      { fast: 1, slow: 2 },
      { fast: 1, slow: 3 },
      { fast: 2, slow: 3 },
    ]);
  });

  it('refuses a grid that the constraints leave no point of', () => {
    const space = defineSpace({ x: float(0, 1, { step: 0.5 }) }, [
      linearConstraint({ x: 1 }, { atMost: 0.4 }),
      linearConstraint({ x: -1 }, { atMost: -0.1 }),
    ]);
    expect(() => new GridSampler(space)).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'conditions that multiply to too many points',
      () => new GridSampler(defineSpace({ a: int(1, 2_000), k: boolean(), b: when('k', true, int(1, 2_000)) })),
      /at most 1000000 points; got more/,
    ],
    [
      'an endless range',
      () => new GridSampler(defineSpace({ rate: float(0, 1) })),
      /parameter 'rate' must have a step or a resolution .* got an endless range/,
    ],
    [
      'too many points',
      () => new GridSampler(defineSpace({ a: int(1, 1_001), b: int(1, 1_000) })),
      /at most 1000000 points; got 1001000/,
    ],
    ['one axis too long to lay out', () => new GridSampler(defineSpace({ a: int(0, 2 ** 40) })), /at most 1000000/],
    ['a resolution of 0', () => new GridSampler(defineSpace({ a: float(0, 1) }), { resolution: 0 }), /got 0/],
    [
      'a resolution for something else',
      () => new GridSampler(defineSpace({ a: boolean() }), { resolution: { a: 2 } }),
      /got 'a', which is boolean/,
    ],
    [
      'a resolution for nothing',
      () => new GridSampler(defineSpace({ a: boolean() }), { resolution: { b: 2 } }),
      /got 'b', which is not in the space/,
    ],
    [
      'a point beyond the last',
      () => new GridSampler(defineSpace({ a: boolean() })).suggest({ trialNumber: 2 }),
      /has no point 2/,
    ],
  ])('refuses %s', (_what, act, message) => {
    expect(act).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE', message: expect.stringMatching(message) }));
  });
});
