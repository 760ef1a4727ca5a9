import {
  activationOrder,
  boolean,
  categorical,
  defineSpace,
  float,
  int,
  isActive,
  type SearchSpace,
  validateParameters,
  when,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const space = defineSpace({
  shrinkage: when('booster', 'linear', float(0, 1)),
  booster: categorical(['tree', 'linear', 'none']),
  ...when('booster', 'tree', { depth: int(1, 9), pruned: boolean() }),
  alpha: when('pruned', true, float(0, 1)),
  rounds: when('booster', ['tree', 'linear'], int(1, 100)),
});

describe('when', () => {
  it('puts the condition into the dimension as plain data', () => {
    expect(when('booster', 'tree', int(1, 9))).toEqual({
      type: 'int',
      low: 1,
      high: 9,
      when: { parameter: 'booster', in: ['tree'] },
    });
    expect(space.rounds.when).toEqual({ parameter: 'booster', in: ['tree', 'linear'] });
    expect(space.depth.when).toEqual(space.pruned.when);
  });

  it('takes a part whose parameter is named type', () => {
    expect(when('a', true, { type: int(1, 2) }).type.when).toEqual({ parameter: 'a', in: [true] });
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ['no value', () => when('a', [], int(1, 2)), 'EMPTY_INPUT', /must name a value/],
    ['an empty part', () => when('a', true, {}), 'EMPTY_INPUT', /must have a parameter/],
    [
      'a second condition',
      () => when('a', true, when('b', true, int(1, 2))),
      'INVALID_RECORD',
      /one on 'b' and one on 'a'/,
    ],
    [
      'a parameter that is not there',
      () => defineSpace({ x: when('a', true, int(1, 2)) }),
      'INVALID_RECORD',
      /got 'a'/,
    ],
    [
      'a parameter that is a range',
      () => defineSpace({ a: int(1, 2), x: when('a', 1, int(1, 2)) }),
      'INVALID_RECORD',
      /must be on a categorical or boolean parameter/,
    ],
    [
      'a value that never comes',
      () => defineSpace({ a: categorical(['u', 'v']), x: when('a', 'w', int(1, 2)) }),
      'INVALID_RECORD',
      /must name values of 'a' \(u, v\), each once; got "w"/,
    ],
    [
      'a value twice',
      () => defineSpace({ a: boolean(), x: when('a', [true, true], int(1, 2)) }),
      'INVALID_RECORD',
      /each once; got true/,
    ],
    ['itself', () => defineSpace({ a: when('a', true, boolean()) }), 'INVALID_RECORD', /lead back to itself/],
    [
      'a circle',
      () =>
        defineSpace({ a: when('c', true, boolean()), b: when('a', true, boolean()), c: when('b', true, boolean()) }),
      'INVALID_RECORD',
      /lead back to itself/,
    ],
  ])('refuses %s', (_what, act, code, message) => {
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('refuses a condition made by hand that names nothing', () => {
    const stored: SearchSpace = JSON.parse(
      '{"a": {"type": "boolean"}, "x": {"type": "boolean", "when": {"parameter": "a"}}}',
    );
    expect(() => defineSpace(stored)).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
  });
});

describe('activationOrder', () => {
  it('puts a parameter after the one its condition is on, and keeps the order else', () => {
    expect(activationOrder(space)).toEqual(['booster', 'shrinkage', 'depth', 'pruned', 'alpha', 'rounds']);
  });
});

describe('a point of a conditional space', () => {
  it('has the parameters whose conditions hold, and no other', () => {
    validateParameters(space, { booster: 'none' });
    validateParameters(space, { booster: 'linear', shrinkage: 0.5, rounds: 3 });
    validateParameters(space, { booster: 'tree', depth: 3, pruned: false, rounds: 3 });
    validateParameters(space, { booster: 'tree', depth: 3, pruned: true, alpha: 0, rounds: 3 });
  });

  it.each([
    [{ booster: 'linear', rounds: 3 }, /'shrinkage' must be given/],
    [
      { booster: 'linear', shrinkage: 0.5, rounds: 3, depth: 2 },
      /'depth' must be absent unless 'booster' is "tree"; got 2/,
    ],
    [
      { booster: 'tree', depth: 3, pruned: false, rounds: 3, alpha: 0.1 },
      /'alpha' must be absent unless 'pruned' is true; got 0.1/,
    ],
    [{ booster: 'none', rounds: 1 }, /unless 'booster' is "tree" or "linear"/],
  ])('is refused otherwise: %j', (point, message) => {
    expect(() => validateParameters(space, point)).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD', message: expect.stringMatching(message) }),
    );
  });

  it('has no parameter under one that does not exist itself', () => {
    expect(isActive(space.alpha, { booster: 'linear' })).toBe(false);
    expect(isActive(space.alpha, { booster: 'tree', pruned: true })).toBe(true);
    expect(isActive(when('toString', true, int(1, 2)), {})).toBe(false);
  });
});
