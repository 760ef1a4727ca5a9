import {
  boolean,
  categorical,
  defineSpace,
  float,
  type InferParameters,
  int,
  type SearchSpace,
  serializeSpace,
  stepCount,
  stepValue,
  validateParameters,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const space = defineSpace({
  depth: int(2, 10),
  trees: int(10, 100, { step: 30 }),
  rate: float(0.001, 0.1, { log: true }),
  share: float(0.1, 0.7, { step: 0.1 }),
  criterion: categorical(['gini', 'entropy']),
  bootstrap: boolean(),
});
const point: InferParameters<typeof space> = {
  depth: 3,
  trees: 70,
  rate: 0.01,
  share: 0.3,
  criterion: 'gini',
  bootstrap: true,
};

describe('the builders', () => {
  it('make plain data without what was not given', () => {
    expect(float(0, 1)).toEqual({ type: 'float', low: 0, high: 1 });
    expect(int(1, 8, { log: true })).toEqual({ type: 'int', low: 1, high: 8, log: true });
    expect(categorical(['a', 1, true])).toEqual({ type: 'categorical', choices: ['a', 1, true] });
    expect(boolean()).toEqual({ type: 'boolean' });
  });

  it('allow a range of one value', () => {
    expect(float(0.5, 0.5)).toEqual({ type: 'float', low: 0.5, high: 0.5 });
  });

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    ['a range upside down', () => float(1, 0), 'OUT_OF_RANGE'],
    ['a NaN bound', () => float(Number.NaN, 1), 'NOT_FINITE'],
    ['an infinite bound', () => float(0, Number.POSITIVE_INFINITY), 'NOT_FINITE'],
    ['a range wider than numbers go', () => float(-1e308, 1e308), 'OUT_OF_RANGE'],
    ['a logarithm from 0', () => float(0, 1, { log: true }), 'OUT_OF_RANGE'],
    ['a whole logarithm from 0', () => int(0, 8, { log: true }), 'OUT_OF_RANGE'],
    ['log with step', () => float(1, 9, { log: true, step: 1 }), 'OUT_OF_RANGE'],
    ['a step of 0', () => float(0, 1, { step: 0 }), 'OUT_OF_RANGE'],
    ['a negative step', () => int(0, 8, { step: -1 }), 'OUT_OF_RANGE'],
    ['a step wider than the range', () => float(0, 1, { step: 2 }), 'OUT_OF_RANGE'],
    ['half a step of a whole range', () => int(0, 8, { step: 0.5 }), 'INVALID_TYPE'],
    ['a whole range from 0.5', () => int(0.5, 8), 'INVALID_TYPE'],
    ['no choice', () => categorical([]), 'EMPTY_INPUT'],
    ['a choice twice', () => categorical(['a', 'b', 'a']), 'INVALID_RECORD'],
    ['a NaN choice', () => categorical([Number.NaN]), 'INVALID_TYPE'],
    ['an empty space', () => defineSpace({}), 'EMPTY_INPUT'],
    ['a forbidden name', () => defineSpace({ constructor: boolean() }), 'INVALID_RECORD'],
    ['an unnamed parameter', () => defineSpace({ '': boolean() }), 'INVALID_RECORD'],
  ];
  for (const [what, build, code] of refused) {
    it(`refuse ${what}`, () => {
      expect(build).toThrow(expect.objectContaining({ code }));
    });
  }

  it('name the parameter when a hand-made dimension is refused', () => {
    const handMade: SearchSpace = { depth: { type: 'int', low: 5, high: 1 } };
    expect(() => defineSpace(handMade)).toThrow(/parameter 'depth': low must be at most high; got 5 and 1/);
    const unknown: SearchSpace = JSON.parse('{"depth": {"type": "integer"}}');
    expect(() => defineSpace(unknown)).toThrow(/parameter 'depth' must be made by float, int/);
  });
});

describe('validateParameters', () => {
  it('returns the very object it was given', () => {
    expect(validateParameters(space, point)).toBe(point);
  });

  it.each([
    [{ depth: 2.5 }, 'INVALID_TYPE', "parameter 'depth' must be a whole number; got 2.5"],
    [{ depth: 11 }, 'OUT_OF_RANGE', "parameter 'depth' must be in [2, 10]; got 11"],
    [{ depth: '3' }, 'INVALID_TYPE', `parameter 'depth' must be a number; got "3"`],
    [{ rate: Number.NaN }, 'NOT_FINITE', "parameter 'rate' must be finite; got NaN"],
    [{ trees: 50 }, 'OUT_OF_RANGE', "parameter 'trees' must be 10 + k · 30; got 50"],
    [{ share: 0.35 }, 'OUT_OF_RANGE', "parameter 'share' must be 0.1 + k · 0.1; got 0.35"],
    [{ criterion: 'mse' }, 'OUT_OF_RANGE', `parameter 'criterion' must be one of "gini", "entropy"; got "mse"`],
    [{ bootstrap: 1 }, 'INVALID_TYPE', "parameter 'bootstrap' must be true or false; got 1"],
    [{ leaves: 3 }, 'INVALID_RECORD', /must be of the space \(depth, .*\); got 'leaves'/],
  ])('refuses %j', (change, code, message) => {
    expect(() => validateParameters(space, { ...point, ...change })).toThrow(
      expect.objectContaining({
        code,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    );
  });

  it('refuses a missing parameter, also one that every object seems to have', () => {
    const { depth: _depth, ...rest } = point;
    expect(() => validateParameters(space, rest)).toThrow(/parameter 'depth' must be given/);
    expect(() => validateParameters(defineSpace({ toString: boolean() }), {})).toThrow(/'toString' must be given/);
  });
});

describe('a stepped range', () => {
  it('counts a last step that rounding puts just beyond', () => {
    // (0.7 − 0.1) / 0.1 is 5.999999999999999
    expect(stepCount(float(0.1, 0.7), 0.1)).toBe(7);
    expect(stepValue(float(0.1, 0.7), 0.1, 6)).toBe(0.7);
  });

  it('stops at the last whole step', () => {
    expect(stepCount(int(10, 100), 30)).toBe(4);
    expect(stepCount(int(10, 99), 30)).toBe(3);
  });

  it('forgives the rounding of bounds far from 0', () => {
    // 511.9999999976708 + 0.001 − 511.9999999976708 is 0.00099999999997…, less than one step
    const low = 511.9999999976708;
    expect(stepCount(float(low, low + 0.001, { step: 0.001 }), 0.001)).toBe(2);
  });

  it('is refused when the step is lost in the size of the bounds', () => {
    expect(() => float(1e16, 2e16, { step: 0.5 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('yields only values that validate', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1_000, max: 1_000, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 1e-3, max: 100, noNaN: true }),
        (low, steps, step) => {
          const range = { x: float(low, low + steps * step, { step }) };
          expect(stepCount(range.x, step)).toBe(steps + 1);
          for (let k = 0; k <= steps; k++) {
            validateParameters(range, { x: stepValue(range.x, step, k) });
          }
        },
      ),
      { seed: 4 },
    );
  });
});

describe('serializeSpace', () => {
  it('is equal for equal spaces, whatever was left to a default', () => {
    expect(serializeSpace(defineSpace({ a: int(0, 9, { step: 1, log: false }) }))).toEqual(
      serializeSpace(defineSpace({ a: int(0, 9) })),
    );
    expect(JSON.parse(JSON.stringify(serializeSpace(space)))).toEqual(space);
  });
});
