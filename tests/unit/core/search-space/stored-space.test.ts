import {
  boolean,
  categorical,
  constraintsOf,
  defineSpace,
  float,
  int,
  ordered,
  parseSpace,
  type SearchSpace,
  serializeSpace,
  spaceChanges,
  when,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const space = defineSpace(
  {
    booster: categorical(['tree', 'linear']),
    fast: int(2, 50),
    slow: int(10, 200, { step: 10 }),
    rate: float(1e-3, 1, { log: true }),
    shrinkage: when('booster', 'linear', float(0, 1)),
    pruned: when('booster', 'tree', boolean()),
  },
  [ordered('fast', 'slow', 1)],
);

describe('a stored space', () => {
  it('comes back from JSON as it was, conditions and constraints included', () => {
    const restored = parseSpace(JSON.parse(JSON.stringify(serializeSpace(space))));
    expect(restored).toEqual(space);
    expect(constraintsOf(restored)).toEqual(constraintsOf(space));
    expect(spaceChanges(space, restored)).toEqual([]);
  });

  it.each([
    '{"x": 3}',
    '{"x": {"type": "whole"}}',
    '{"x": {"type": "toString"}}',
    '{"x": {"type": "int", "low": "1", "high": 2}}',
    '{"x": {"type": "int", "low": 1, "high": 2, "step": "1"}}',
    '{"x": {"type": "float", "low": 1, "high": 2, "log": 1}}',
    '{"x": {"type": "boolean", "low": 1}}',
    '{"x": {"type": "categorical", "choices": "ab"}}',
    '{"x": {"type": "categorical", "choices": [null]}}',
    '{"x": {"type": "boolean", "when": {"parameter": "y", "in": "u"}}}',
    '{"x": {"type": "boolean"}, "$constraints": {}}',
    '{"x": {"type": "int", "low": 1, "high": 2}, "$constraints": [{"coefficients": {"x": "1"}, "atMost": 1}]}',
    '{"x": {"type": "int", "low": 1, "high": 2}, "$constraints": [{"coefficients": {"x": 1}}]}',
  ])('is refused when it is not as it was written: %s', (text) => {
    expect(() => parseSpace(JSON.parse(text))).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });

  it('cannot have a parameter where constraints are kept', () => {
    expect(() => defineSpace({ $constraints: boolean() })).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });
});

describe('spaceChanges', () => {
  const changed = (change: Partial<Record<string, SearchSpace[string]>>): SearchSpace => {
    const merged: Partial<Record<string, SearchSpace[string]>> = { ...space, ...change };
    const parameters = Object.entries(merged).flatMap(([name, dimension]) =>
      dimension === undefined ? [] : [[name, dimension] as const],
    );
    return defineSpace(Object.fromEntries(parameters), constraintsOf(space));
  };

  it('tells which ranges got wider and which choices were appended', () => {
    const wider = changed({
      booster: categorical(['tree', 'linear', 'dart']),
      fast: int(1, 60),
      slow: int(0, 300, { step: 10 }),
    });
    expect(spaceChanges(space, wider)).toEqual([
      {
        parameter: 'booster',
        change: 'choices-appended',
        from: { type: 'categorical', choices: ['tree', 'linear'] },
        to: { type: 'categorical', choices: ['tree', 'linear', 'dart'] },
      },
      {
        parameter: 'fast',
        change: 'range-widened',
        from: { type: 'int', low: 2, high: 50 },
        to: { type: 'int', low: 1, high: 60 },
      },
      {
        parameter: 'slow',
        change: 'range-widened',
        from: { type: 'int', low: 10, high: 200, step: 10 },
        to: { type: 'int', low: 0, high: 300, step: 10 },
      },
    ]);
  });

  it('takes a conditional range as any other', () => {
    const wider = changed({ shrinkage: when('booster', 'linear', float(0, 2)) });
    expect(spaceChanges(space, wider).map(({ parameter }) => parameter)).toEqual(['shrinkage']);
  });

  it.each<[string, SearchSpace, RegExp]>([
    ['a new parameter', changed({ extra: boolean() }), /'extra' is new/],
    ['a parameter gone', changed({ rate: undefined }), /'rate' is gone/],
    ['a narrower range', changed({ fast: int(2, 49) }), /'fast' was \{.*"high":50\}, is \{.*"high":49\}/],
    ['another scale', changed({ rate: float(1e-3, 1) }), /'rate' was/],
    ['another type', changed({ fast: float(2, 50) }), /'fast' was/],
    ['another step', changed({ slow: int(10, 200, { step: 5 }) }), /'slow' was/],
    ['steps that miss the old ones', changed({ slow: int(5, 205, { step: 10 }) }), /'slow' was/],
    ['a choice dropped', changed({ pruned: undefined, booster: categorical(['linear']) }), /'booster' was/],
    ['choices reordered', changed({ booster: categorical(['linear', 'tree']) }), /'booster' was/],
    ['another condition', changed({ pruned: when('booster', 'linear', boolean()) }), /'pruned' was/],
    ['a condition lost', changed({ shrinkage: float(0, 1) }), /'shrinkage' was/],
    [
      'a boolean made a choice',
      changed({ pruned: when('booster', 'tree', categorical([false, true, 'x'])) }),
      /'pruned' was/,
    ],
    ['a constraint lost', defineSpace(space, []), /constraints were \[.*\], are \[\]/],
    ['a looser constraint', defineSpace(space, [ordered('fast', 'slow')]), /constraints were/],
  ])('refuses %s', (_what, after, message) => {
    expect(() => spaceChanges(space, after)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringMatching(message) }),
    );
  });
});
