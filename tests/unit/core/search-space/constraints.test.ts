import {
  brokenConstraint,
  categorical,
  constraintsOf,
  defineSpace,
  describeConstraint,
  float,
  int,
  linearConstraint,
  ordered,
  validateParameters,
  when,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const crossing = defineSpace({ fast: int(2, 50), slow: int(10, 200) }, [ordered('fast', 'slow', 1)]);

describe('a constraint', () => {
  it('is kept beside the parameters, and copied with them', () => {
    expect(Object.keys(crossing)).toEqual(['fast', 'slow']);
    expect(constraintsOf(crossing)).toEqual([{ coefficients: { fast: 1, slow: -1 }, atMost: -1 }]);
    expect(constraintsOf(defineSpace({ ...crossing, other: int(1, 2) }))).toEqual(constraintsOf(crossing));
    expect(constraintsOf(defineSpace(crossing, []))).toEqual([]);
  });

  it('refuses the points that break it', () => {
    validateParameters(crossing, { fast: 9, slow: 10 });
    expect(() => validateParameters(crossing, { fast: 10, slow: 10 })).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_RANGE',
        message: 'parameters must satisfy 1 · fast + -1 · slow ≤ -1; got {"fast":10,"slow":10}',
      }),
    );
  });

  it('forgives rounding', () => {
    const shares = defineSpace({ a: float(0, 1), b: float(0, 1) }, [linearConstraint({ a: 1, b: 1 }, { atMost: 0.3 })]);
    // 0.1 + 0.2 is 0.30000000000000004
    expect(brokenConstraint(shares, { a: 0.1, b: 0.2 })).toBeUndefined();
    expect(brokenConstraint(shares, { a: 0.1, b: 0.2001 })).toBe(constraintsOf(shares)[0]);
    expect(describeConstraint(constraintsOf(shares)[0]!)).toBe('1 · a + 1 · b ≤ 0.3');
  });

  it('asks nothing where one of its parameters does not exist', () => {
    const conditional = defineSpace(
      { kind: categorical(['one', 'two']), slow: when('kind', 'two', int(1, 9)), fast: int(1, 9) },
      [ordered('fast', 'slow', 1)],
    );
    validateParameters(conditional, { kind: 'one', fast: 9 });
    expect(() => validateParameters(conditional, { kind: 'two', fast: 9, slow: 9 })).toThrow(/must satisfy/);
  });

  const range = { a: int(0, 10), b: int(0, 10), c: float(0, 1) };
  it.each<[string, () => unknown, string, RegExp]>([
    ['no parameter', () => linearConstraint({}, { atMost: 1 }), 'EMPTY_INPUT', /must name a parameter/],
    ['a coefficient of 0', () => linearConstraint({ a: 0 }, { atMost: 1 }), 'OUT_OF_RANGE', /coefficient of 'a'/],
    ['a NaN bound', () => linearConstraint({ a: 1 }, { atMost: Number.NaN }), 'NOT_FINITE', /atMost/],
    ['an order of one', () => ordered('a', 'a'), 'INVALID_RECORD', /got 'a' twice/],
    ['a parameter that is not there', () => defineSpace(range, [ordered('a', 'z')]), 'INVALID_RECORD', /got 'z'/],
    [
      'a category',
      () => defineSpace({ a: int(1, 2), k: categorical(['x']) }, [ordered('a', 'k')]),
      'INVALID_RECORD',
      /must be on ranges of the space; got 'k'/,
    ],
    ['what no point meets', () => defineSpace(range, [ordered('a', 'b', 11)]), 'INVALID_RECORD', /contradiction/],
    [
      'orders in a circle',
      () => defineSpace(range, [ordered('a', 'b', 1), ordered('b', 'a', 1)]),
      'INVALID_RECORD',
      /contradiction/,
    ],
    [
      'a bound from above below the one from below',
      () =>
        defineSpace(range, [
          linearConstraint({ c: 1 }, { atMost: 0.2 }),
          linearConstraint({ c: -1 }, { atMost: -0.5 }),
        ]),
      'INVALID_RECORD',
      /contradiction/,
    ],
    [
      'whole numbers between which there is none',
      () =>
        defineSpace({ a: int(0, 9) }, [
          linearConstraint({ a: 2 }, { atMost: 5 }),
          linearConstraint({ a: -2 }, { atMost: -5 }),
        ]),
      'INVALID_RECORD',
      /contradiction/,
    ],
  ])('refuses %s', (_what, act, code, message) => {
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('that just leaves one point is allowed', () => {
    const one = defineSpace(range, [ordered('a', 'b', 10)]);
    validateParameters(one, { a: 0, b: 10, c: 0 });
  });
});
